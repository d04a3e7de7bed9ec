from django.urls import path
from django.utils.translation import gettext_lazy as _

from tongxin.resident import views
from tongxin.web import labels

app_name = "resident"
urlpatterns = [
    path("me", views.start, name="start"),
    path("me/code", views.code, name="code"),
    path("me/who", views.who, name="who"),
    path("me/status", views.status, name="status"),
    path("me/objection", views.object_to, name="object"),
    path("me/looks", views.looks, name="looks"),
    path("me/leave", views.leave, name="leave"),
]
labels.ACTIONS["resident.entered"] = _("opened the page about oneself")
