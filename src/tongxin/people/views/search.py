"""Finding somebody in the register."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from tongxin.access.guards import requires
from tongxin.kit import audit, db
from tongxin.kit.audit import Because
from tongxin.people import queries
from tongxin.people.forms import SearchForm
from tongxin.people.models import Person
from tongxin.web import labels
from tongxin.web.addresses import addresses

MOST = 50
LAST = "\U0010ffff"  # behind whatever may follow
_IDENTITY, _PHONE, _NUMBER = re.compile(r"\d{17}[\dXx]"), re.compile(r"1\d{10}"), re.compile(r"[A-Za-z]{0,4}\d{3,}")


@require_http_methods(["GET", "POST"])
@requires("person.find")
def search(request: HttpRequest) -> HttpResponse:
    form, found, by = SearchForm(request.POST or None), None, ""
    if request.method == "POST" and form.is_valid():
        by, people = find(form.cleaned_data["q"].strip())
        # What was typed is not recorded: it may be the number of somebody who is not even in the register.
        because = replace(Because(request.user.actor), details={"by": by})
        audit.record(because, "view.search", "person", place=_place(request), count=min(len(people), MOST))
        where = addresses([p.place_id for p in people], request.user)
        found = [
            {"person": p, "where": where.get(p.place_id, ""), "categories": labels.categories(p.category, request.user)}
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
    if _NUMBER.fullmatch(plain):
        people = _with_number(plain)
        return ("number", people) if people else ("identity", queries.by_identity(plain))
    return "name", _with_name(text)


# Beginnings are said as a range and not as LIKE: row-level security lets only leakproof operators use an index, and LIKE
# is none (200 ms instead of 1 at a million residents).
def _with_number(text: str) -> list[Person]:
    found = Person.objects.select_related("home").filter(person_no__gte=text, person_no__lt=text + LAST)
    return list(found.order_by("person_no")[: MOST + 1])


def _with_name(text: str) -> list[Person]:
    found = db.rows(
        "SELECT id FROM people_person WHERE name ~>=~ %s AND name ~<~ %s ORDER BY name USING ~<~, id LIMIT %s",
        [text, text + LAST, MOST + 1],
    )
    people = Person.objects.select_related("home").in_bulk([key for (key,) in found])
    return [people[key] for (key,) in found]


def _place(request: HttpRequest) -> int | None:
    places = request.user.places()
    return places[0] if places else None
