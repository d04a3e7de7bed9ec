from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.i18n import set_language

from tongxin.web import events, nav, views

app_name = "web"
urlpatterns = [
    path("", views.start, name="home"),
    path("theme", views.theme, name="theme"),
    path("language", set_language, name="language"),
    path("events", events.stream, name="events"),
]
nav.register(_("Home"), "web:home", order=0)
