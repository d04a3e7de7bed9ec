from django.urls import path
from django.utils.translation import gettext_lazy as _

from tongxin.resident.views import asking, following, pages
from tongxin.web import labels

app_name = "resident"
urlpatterns = [
    path("me", pages.start, name="start"),
    path("me/code", pages.code, name="code"),
    path("me/who", pages.who, name="who"),
    path("me/status", pages.status, name="status"),
    path("me/objection", pages.object_to, name="object"),
    path("me/looks", pages.looks, name="looks"),
    path("me/leave", pages.leave, name="leave"),
    path("me/help", asking.ask, name="help"),
    path("me/talk", asking.talk, name="talk"),
    path("me/needs", following.mine, name="needs"),
    path("me/needs/<int:need_id>", following.need, name="need"),
    path("me/needs/<int:need_id>/word", following.add_word, name="word"),
    path("me/needs/<int:need_id>/solved", following.solved, name="solved"),
    path("me/needs/<int:need_id>/missing", following.not_solved, name="missing"),
    path("me/needs/<int:need_id>/withdraw", following.withdraw, name="withdraw"),
    path("help", asking.outside, name="outside"),
]
labels.ACTIONS["resident.entered"] = _("opened the page about oneself")
