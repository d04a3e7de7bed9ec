"""What carries a message: a file (until a city has a gateway), or the gateway that an Apprise URL names.

A carrier returns when the gateway has taken the message. It raises ``NotTaken`` where the gateway surely has not, so that
it may be tried again; anything else it raises means that nobody knows, and the message is never sent again by itself.
"""

from __future__ import annotations

import functools
import importlib
import logging
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from tongxin.messages import rules, sending

if TYPE_CHECKING:  # a tenth of a second for every command, of which most send nothing
    from apprise import AppriseAsset
    from apprise.plugins.base import NotifyBase

ROBOTS = ("wecombot", "dingtalk", "feishu")
"""Their URLs name a robot, not a machine; the machine is the same for all."""
LOCAL = frozenset({
    "dbus", "qt", "kde", "glib", "gio", "gnome", "macosx", "windows", "syslog", "rsyslog", "blink1", "growl",
})  # fmt: skip
"""What shows something on the server's own screen or writes into its logs is no channel."""


@dataclass(frozen=True)
class Parcel:
    """A message as it goes out. ``url`` is the Apprise URL, its places filled in; empty: into a file."""

    key: str
    token: str
    audience: str
    to: str
    text: str
    url: str = ""


class NotTaken(Exception):
    """The gateway surely does not have the message. ``reason`` is a code of ``rules.REASONS``."""

    def __init__(self, reason: str = rules.REFUSED) -> None:
        super().__init__(reason)
        self.reason = reason


class Unclear(Exception):
    """The gateway may have the message or not."""


Carrier = Callable[[Parcel], None]


def carry(parcel: Parcel) -> None:
    """Into a file, or through Apprise. Raises NotTaken, Unclear."""
    if parcel.url:
        _through_apprise(parcel)
    else:
        sending.into_file(sending.Message(parcel.to, parcel.text))


_carrier: Carrier = carry


def use(carrier: Carrier) -> Carrier:
    """Let another carrier carry the outbox from now on (a test's); the one before."""
    global _carrier
    before, _carrier = _carrier, carrier
    return before


def current() -> Carrier:
    return _carrier


# -- addresses ------------------------------------------------------------------------------------------


def address(template: str, phone: str = "", token: str = "") -> str:
    """The URL of a channel for one recipient: whatever a number holds, it cannot leave its place in the URL."""
    return template.replace("{phone}", quote(phone, safe="")).replace("{token}", quote(token, safe=""))


def machine(url: str) -> str:
    """What a URL reaches, so that one machine that is down is not tried for each message."""
    scheme = url.partition("://")[0].lower()
    if scheme in ROBOTS:
        return scheme
    try:
        return f"{scheme}://{urlsplit(url).hostname or ''}"
    except ValueError:
        return scheme


def is_usable(template: str) -> bool:
    """Whether Apprise knows what to do with the URL of a channel, and it leads out of the server."""
    if template.partition("://")[0].lower() in LOCAL:
        return False
    return _plugin(address(template, "10000000000", "0" * 32)) is not None


@functools.cache
def _asset() -> AppriseAsset:
    import apprise

    return apprise.AppriseAsset(app_id="Tongxin", storage_mode="memory", http_redirects=False)


def _plugin(url: str) -> NotifyBase | None:
    import apprise

    _listen()
    return apprise.Apprise.instantiate(url, asset=_asset())


# -- Apprise --------------------------------------------------------------------------------------------

_heard = threading.local()
_UNREACHED = re.compile(
    r"Failed to establish a new connection|ConnectTimeout|connect timeout|Name or service not known|NameResolution"
    r"|Connection refused|No route to host|Network is unreachable|Cannot connect to proxy",
    re.IGNORECASE,
)
_UNCLEAR = re.compile(r"timed out|timeout|Connection aborted|Connection reset|RemoteDisconnected|error=504", re.IGNORECASE)


class _Ear(logging.Handler):
    """Hears from Apprise's log why a message was not taken, and keeps no more than that: the log holds texts and numbers."""

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage() if record.levelno >= logging.WARNING or "Exception" in str(record.msg) else ""
        if _UNREACHED.search(said):
            _heard.why = rules.DOWN
        elif _UNCLEAR.search(said):
            _heard.why = rules.LOST


@functools.cache
def _listen() -> None:
    """Once: nothing of Apprise's log reaches ours, and the robots' refusals are heard."""
    log = logging.getLogger("apprise")
    log.handlers, log.propagate = [_Ear()], False
    log.setLevel(logging.DEBUG)
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)  # it names the address, key and number in it
    for name in ROBOTS:
        module = importlib.import_module(f"apprise.plugins.{name}")
        module.requests = _Honest(module.requests)  # type: ignore[attr-defined]


class _Honest:
    """The robots answer 200 with a code in the body where they refuse (a wrong key, too many a minute), and Apprise takes
    every 200 for a yes: such an answer is given the status that it deserves."""

    def __init__(self, requests: Any) -> None:
        self._requests = requests

    def __getattr__(self, name: str) -> Any:
        return getattr(self._requests, name)

    def post(self, *args: Any, **kwargs: Any) -> Any:
        answer = self._requests.post(*args, **kwargs)
        if answer.status_code == self._requests.codes.ok and _refuses(answer):
            answer.status_code = self._requests.codes.bad_request
        return answer


def _refuses(answer: Any) -> bool:
    try:
        said = answer.json()
    except ValueError:
        return False
    return isinstance(said, dict) and any(said.get(name) not in (None, 0) for name in ("errcode", "code", "StatusCode"))


def _through_apprise(parcel: Parcel) -> None:
    plugin = _plugin(parcel.url)
    if plugin is None:
        raise NotTaken(rules.BAD_CHANNEL)
    _heard.why = rules.REFUSED
    if plugin.notify(body=parcel.text, title="", body_format="text"):
        return
    if _heard.why == rules.LOST:
        raise Unclear
    raise NotTaken(_heard.why)
