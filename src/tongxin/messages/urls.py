from django.urls import path
from django.utils.translation import gettext_lazy as _

from tongxin.messages import views
from tongxin.web import nav

app_name = "messages"
urlpatterns = [
    path("messages", views.outbox, name="outbox"),
    path("messages/<int:message_id>", views.message, name="message"),
    path("messages/<int:message_id>/withdraw", views.withdraw, name="withdraw"),
    path("messages/notice", views.notice, name="notice"),
    path("messages/channels", views.channels, name="channels"),
    path("messages/channels/new", views.channel, name="channel_new"),
    path("messages/channels/<int:channel_id>", views.channel, name="channel"),
    path("messages/groups/new", views.group, name="group_new"),
    path("messages/groups/<int:group_id>", views.group, name="group"),
    path("messages/templates", views.wordings, name="wordings"),
    path("messages/templates/<str:template_key>", views.wording, name="wording"),
]
nav.register(_("Messages"), "messages:outbox", "message.view", order=55)
nav.register(_("Channels"), "messages:channels", "message.admin", order=75)
