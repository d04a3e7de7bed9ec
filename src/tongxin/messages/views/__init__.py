"""The pages of the outbox."""

from tongxin.messages.views.notice import notice
from tongxin.messages.views.outbox import message, outbox, withdraw
from tongxin.messages.views.setup import channel, channels, group, wording, wordings

__all__ = ["channel", "channels", "group", "message", "notice", "outbox", "withdraw", "wording", "wordings"]
