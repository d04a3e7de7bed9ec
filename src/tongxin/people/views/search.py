"""Finding somebody in the register."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from tongxin.access.guards import requires
from tongxin.kit import audit
from tongxin.kit.audit import Because
from tongxin.people import queries
from tongxin.people.forms import SearchForm
from tongxin.people.models import Person
from tongxin.web import labels
from tongxin.web.addresses import addresses

MOST = 50
_IDENTITY, _PHONE, _NUMBER = re.compile(r"\d{17}[\dXx]"), re.compile(r"1\d{10}"), re.compile(r"[A-Za-z]{0,4}\d{3,}")


@require_http_methods(["GET", "POST"])
@requires("person.find")
def search(request: HttpRequest) -> HttpResponse:
    form, found, by = SearchForm(request.POST or None), None, ""
    if request.method == "POST" and form.is_valid():
        by, people = find(form.cleaned_data["q"].strip())
        # What was typed is not recorded: it may be the number of somebody who is not even in the register.
        because = replace(Because(request.user.actor), details={"by": by})
        audit.record(because, "view.search", "person", place=_place(request), count=len(people))
        where = addresses([p.place_id for p in people], request.user)
        found = [
            {"person": p, "where": where.get(p.place_id, ""), "categories": labels.categories(p.category)}
            for p in people[:MOST]
        ]
    return render(
        request, "people/search.html",
        {"form": form, "found": found, "more": found is not None and len(people) > MOST, "by": by},
    )  # fmt: skip


def find(text: str) -> tuple[str, Sequence[Person]]:
    """How the text was read, and the people it finds in the viewer's scope (one more than is shown)."""
    plain = "".join(text.split())
    if _IDENTITY.fullmatch(plain):
        return "identity", queries.by_identity(plain)
    if _PHONE.fullmatch(plain) and (people := queries.by_phone(plain)):
        return "phone", people
    everybody = Person.objects.select_related("home")
    if _NUMBER.fullmatch(plain):
        people = list(everybody.filter(person_no__startswith=plain).order_by("person_no")[: MOST + 1])
        return ("number", people) if people else ("identity", queries.by_identity(plain))
    return "name", list(everybody.filter(name__startswith=text).order_by("name", "pk")[: MOST + 1])


def _place(request: HttpRequest) -> int | None:
    places = request.user.places()
    return places[0] if places else None
