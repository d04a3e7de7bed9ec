"""One person on the ledger: why, who answers, when last seen, the plan; contacts are noted here. Made for a phone."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tongxin.access.guards import requires
from tongxin.kit import clock, crypto
from tongxin.ledgers import kinds, words
from tongxin.ledgers.categories import SENSITIVE
from tongxin.ledgers.forms import ContactForm, EndForm, OwnerForm, PlanForm, PutOnForm
from tongxin.ledgers.models import Entry
from tongxin.ledgers.operations import contacts
from tongxin.ledgers.operations import entries as operations
from tongxin.ledgers.queries import entries
from tongxin.ledgers.views.common import LABELS, act, because, chosen, look, sensitive, users
from tongxin.people import queries as people
from tongxin.tasks import queries as tasks
from tongxin.tasks.kinds import get
from tongxin.web import labels
from tongxin.web.addresses import addresses


@require_safe
@requires("ledger.view")
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """The look is recorded."""
    found = _find(request, person_id)
    look(request, "view.ledger", "person", person_id, found.person.place_id)
    return _show(request, found)


@require_POST
@requires("ledger.act")
def phone(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show the phone number in full, once."""
    found = _find(request, person_id)
    number = people.phone_of(person_id, because(request)) or ""
    return _show(request, found, phone=number, shown=True)


def _find(request: HttpRequest, person_id: int) -> entries.Known:
    found = entries.known(person_id, sensitive(request))
    if found is None:
        raise Http404
    return found


def _show(request: HttpRequest, found: entries.Known, status: int = 200, **more: Any) -> HttpResponse:
    may_assign, home = request.user.may("ledger.assign"), found.person.home
    choice, narrow = [users(request, [found.person.place_id], only) if may_assign else [] for only in (False, True)]
    context: dict[str, Any] = {
        "known": found, "person": found.person, "now": clock.now(), "door": home.number if home else "",
        "where": addresses([found.person.place_id], request.user).get(found.person.place_id, ""),
        "entries": [_entry(e, narrow if e.category in SENSITIVE else choice) for e in found.entries],
        "past": [{"row": e, "category": LABELS[e.category], "by": labels.actor(e.ended_by)} for e in found.past],
        "contacts": [
            {"row": c, "note": note, "how": words.HOWS.get(c.how, c.how), "outcome": words.OUTCOMES.get(c.outcome, c.outcome),
             "by": labels.actor(c.by)}
            for c, note in found.contacts
        ],
        "tasks": [
            {"row": t, "label": get(t.kind).label} for t in tasks.of_subjects(kinds.SUBJECT, [found.person.pk])
        ],
        "phone": crypto.decrypt(found.person.phone), "contact_form": ContactForm(), "put_on_form": PutOnForm(sensitive(request)),
        **more,
    }  # fmt: skip
    return render(request, "ledgers/person.html", context, status=status)


def _entry(entry: Entry, choice: list[tuple[str, str]]) -> dict[str, Any]:
    plan = crypto.decrypt(entry.plan)
    owner = {"owner": str(entry.owner_id or ""), "deputy": str(entry.deputy_id or "")}
    return {
        "row": entry, "category": LABELS[entry.category], "plan": plan, "source": words.SOURCES.get(entry.source, entry.source),
        "how": words.HOWS.get(entry.last_seen_how, ""), "by": labels.actor(entry.last_seen_by),
        "plan_form": PlanForm(initial={"plan": plan}, prefix=f"p{entry.pk}"), "end_form": EndForm(prefix=f"e{entry.pk}"),
        "owner_form": OwnerForm(choice, initial=owner, prefix=f"o{entry.pk}") if choice else None,
    }  # fmt: skip


@require_POST
@requires("ledger.act")
def contact(request: HttpRequest, person_id: int) -> HttpResponse:
    found, form = _find(request, person_id), ContactForm(request.POST)
    if not form.is_valid():
        return _show(request, found, 422, contact_form=form)
    told = contacts.Told(**form.cleaned_data)
    return act(
        request, lambda: contacts.record(person_id, told, clock.now(), because(request)), _("The contact is noted."),
        "ledgers:person", person_id,
    )  # fmt: skip


@require_POST
@requires("ledger.act")
def put_on(request: HttpRequest, person_id: int) -> HttpResponse:
    found, form = _find(request, person_id), PutOnForm(sensitive(request), request.POST)
    if not form.is_valid():
        return _show(request, found, 422, put_on_form=form)
    data = form.cleaned_data
    return act(
        request, lambda: operations.put_on(found.person, data["category"], data["source"], clock.now(), because(request)),
        _("It stands on the ledger."), "ledgers:person", person_id,
    )  # fmt: skip


def _change(request: HttpRequest, entry_id: int, prefix: str, form_of: Any) -> tuple[Entry, forms.Form]:
    entry = entries.entry(entry_id, sensitive(request))
    if entry is None:
        raise Http404
    return entry, form_of(request.POST, prefix=f"{prefix}{entry_id}")


def _again(request: HttpRequest, entry: Entry, form: forms.Form, name: str) -> HttpResponse:
    """The page once more, with what was typed and what is wrong with it."""
    found = _find(request, entry.person_id)
    choice = users(request, [entry.place_id]) if request.user.may("ledger.assign") else []
    rows = [{**_entry(e, choice), **({name: form, "open": True} if e.pk == entry.pk else {})} for e in found.entries]
    return _show(request, found, 422, entries=rows)


@require_POST
@requires("ledger.act")
def plan(request: HttpRequest, entry_id: int) -> HttpResponse:
    entry, form = _change(request, entry_id, "p", PlanForm)
    if not form.is_valid():
        return _again(request, entry, form, "plan_form")
    text = form.cleaned_data["plan"].strip()
    return act(
        request, lambda: operations.write_plan(entry_id, text, clock.now(), because(request)), _("The plan is written."),
        "ledgers:person", entry.person_id,
    )  # fmt: skip


@require_POST
@requires("ledger.act")
def end(request: HttpRequest, entry_id: int) -> HttpResponse:
    entry, form = _change(request, entry_id, "e", EndForm)
    if not form.is_valid():
        return _again(request, entry, form, "end_form")
    reason = form.cleaned_data["reason"]
    return act(
        request, lambda: operations.end(entry_id, reason, clock.now(), because(request, reason)), _("The entry has ended."),
        "ledgers:person", entry.person_id,
    )  # fmt: skip


@require_POST
@requires("ledger.assign")
def owner(request: HttpRequest, entry_id: int) -> HttpResponse:
    entry = entries.entry(entry_id, sensitive(request))
    if entry is None:
        raise Http404
    form = OwnerForm(users(request, [entry.place_id]), request.POST, prefix=f"o{entry_id}")
    if not form.is_valid():
        return _again(request, entry, form, "owner_form")
    named, deputy = chosen(form.cleaned_data["owner"]), chosen(form.cleaned_data["deputy"])
    return act(
        request, lambda: operations.set_owner(entry_id, named, deputy, clock.now(), because(request)),
        _("It is noted who answers."), "ledgers:person", entry.person_id,
    )  # fmt: skip
