"""Who may open a page: signed in, with the capability. What lies outside the scope is not refused but not found: the
database shows no such row, and the views answer 404."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from tongxin.access.capabilities import capability_label

View = Callable[..., Any]


def requires(*capabilities: str) -> Callable[[View], View]:
    """Let a view run for users who have one of the capabilities (none named: for everybody who is signed in)."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not request.user.is_authenticated:
                return to_login(request)
            check_may(request, *capabilities)
            return view(request, *args, **kwargs)

        guarded.requires = capabilities  # type: ignore[attr-defined]
        return guarded

    return decorate


def check_may(request: HttpRequest, *capabilities: str) -> None:
    """Raise PermissionDenied, with the sentence for the page, unless the user has one of the capabilities."""
    if capabilities and not any(request.user.may(c) for c in capabilities):
        wanted = capability_label(capabilities[0])
        raise PermissionDenied(
            _("Your account may not do this: %(capability)s. Ask your administrator if you need it.")
            % {"capability": wanted}
        )


def to_login(request: HttpRequest) -> HttpResponse:
    """Off to sign in and back. A form that was sent when the session had ended leads back to where it stood; its
    texts are kept by the browser (``keep.ts``)."""
    if request.method == "GET":
        back = request.get_full_path()
    else:
        back = came_from(request)
        messages.warning(request, _("Your session had ended. Sign in again: what you typed is kept in this window."))
    target = f"{settings.LOGIN_URL}?{urlencode({'next': back})}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


def came_from(request: HttpRequest, otherwise: str = "/") -> str:
    """The path of the page a request came from, if that is one of ours."""
    referer = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure()):
        parts = urlsplit(referer)
        return parts.path + (f"?{parts.query}" if parts.query else "")
    return otherwise
