"""Administration of users: an administrator sees and changes those whose places all lie in the own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongxin.access import operations, queries, rules
from tongxin.access.capabilities import capability_label, role_label
from tongxin.access.forms import UserForm
from tongxin.access.guards import requires
from tongxin.access.models import User
from tongxin.kit.audit import Because
from tongxin.places.place_id import PlaceId
from tongxin.web.addresses import addresses
from tongxin.web.exports import csv_response, wants_csv


@require_safe
@requires("user.admin")
def users(request: HttpRequest) -> HttpResponse:
    """Everybody whom this administrator manages, and what the roles may do."""
    found = _matching(queries.manageable_by(request.user), request.GET.get("q", ""), request.GET.get("role", ""))
    names = addresses({s.place_id for u in found for s in u.scopes.all()}, request.user)
    rows = [
        {"user": u, "role": role_label(u.role_id), "places": [names.get(s.place_id, "") for s in u.scopes.all()]}
        for u in found
    ]
    if wants_csv(request):
        header = [_("User name"), _("Name"), _("Role"), _("Places"), _("Active")]
        lines = [
            [r["user"].username, r["user"].name, r["role"], "; ".join(r["places"]), int(r["user"].is_active)]
            for r in rows
        ]
        return csv_response(request, "users", header, lambda _key: (lines, None))
    table = [(role_label(r.pk), r.pk, [capability_label(c) for c in caps]) for r, caps in queries.roles()]
    return render(request, "access/users.html", {"rows": rows, "roles": table})


def _matching(found: list[User], text: str, role: str) -> list[User]:
    text = text.strip().lower()
    return [
        u for u in found
        if (not role or u.role_id == role) and (not text or text in u.username.lower() or text in u.name.lower())
    ]  # fmt: skip


@require_http_methods(["GET", "POST"])
@requires("user.admin")
def new(request: HttpRequest) -> HttpResponse:
    form = UserForm(request.POST or None, is_new=True)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data

        def create() -> None:
            _check_grant(request.user, given["places"])
            operations.create_user(
                given["username"], given["name"], given["role"], given["places"], given["password"], _because(request)
            )
            messages.success(request, _("The account was created: %(user)s.") % {"user": given["username"]})

        if _done(form, create):
            return redirect("access:users")
    return render(request, "access/user.html", {"form": form, "other": None}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@requires("user.admin")
def user(request: HttpRequest, user_id: int) -> HttpResponse:
    other = _other(request, user_id)
    initial = {"name": other.name, "role": other.role_id, "places": [s.place_id for s in other.scopes.all()]}
    form = UserForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data

        def change() -> None:
            rules.check_not_self(request.user.pk, other.pk)
            _check_grant(request.user, given["places"])
            operations.change_user(other, given["name"], given["role"], given["places"], _because(request))
            if given["password"]:
                operations.set_password(other, given["password"], _because(request))
            messages.success(request, _("The account was changed: %(user)s.") % {"user": other.username})

        if _done(form, change):
            return redirect("access:users")
    return render(request, "access/user.html", {"form": form, "other": other}, status=422 if form.errors else 200)


@require_POST
@requires("user.admin")
def activate(request: HttpRequest, user_id: int) -> HttpResponseRedirect:
    """Shut a user out or let them in again: ``active`` is 1 or 0."""
    other = _other(request, user_id)
    if other.pk == request.user.pk:
        raise PermissionDenied(_("You cannot change your own account; ask another administrator."))
    active = request.POST.get("active") == "1"
    operations.set_active(other, active, _because(request))
    said = _("%(user)s can sign in again.") if active else _("%(user)s can no longer sign in.")
    messages.success(request, said % {"user": other.username})
    return redirect("access:users")


def _other(request: HttpRequest, user_id: int) -> User:
    found = queries.manageable(request.user, user_id)
    if found is None:
        raise Http404
    return found


def _check_grant(admin: User, wanted: list[int]) -> None:
    """The same answer for a place outside the scope and for one that does not exist: a guess tells nothing."""
    rules.check_can_grant(admin.ranges(), [PlaceId(p).range for p in wanted])


def _because(request: HttpRequest) -> Because:
    return Because(request.user.actor)


def _done(form: UserForm, act: Any) -> bool:
    """Run an operation; what it refuses becomes an error of the form."""
    try:
        act()
    except rules.NotAllowed as reason:
        form.add_error(None, _(str(reason)))
        return False
    return True
