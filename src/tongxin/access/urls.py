from django.urls import path
from django.utils.translation import gettext_lazy as _

from tongxin.access.views import session, users
from tongxin.web import nav

app_name = "access"
urlpatterns = [
    path("login", session.SignIn.as_view(), name="login"),
    path("logout", session.SignOut.as_view(), name="logout"),
    path("users", users.users, name="users"),
    path("users/new", users.new, name="user_new"),
    path("users/<int:user_id>", users.user, name="user"),
    path("users/<int:user_id>/active", users.activate, name="user_active"),
]
nav.register(_("Users"), "access:users", "user.admin", order=80)
