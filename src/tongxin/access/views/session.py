"""Signing in and out."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView

from tongxin.access.forms import SignInForm


class SignIn(LoginView):
    """Guesses are counted by django-axes, which answers with ``web/locked.html`` when there were too many."""

    template_name = "access/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = False


class SignOut(LogoutView):
    http_method_names = ["post", "options"]
