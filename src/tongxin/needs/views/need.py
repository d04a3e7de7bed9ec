"""One need: what was said, what it may be, whom it is about, what is to be done, what has happened. The head is live."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from tongxin.access.guards import requires
from tongxin.areas import queries as areas
from tongxin.kit import clock, crypto
from tongxin.needs import desk, kinds, queries, states, words
from tongxin.needs.desk import Asker, Member
from tongxin.needs.forms import CloseForm, ConfirmForm, FinishForm, NoteForm, PromiseForm, ReasonForm
from tongxin.needs.models import Need, NeedEvent
from tongxin.needs.rules import Standing, stays
from tongxin.needs.views import looks, where
from tongxin.needs.views.text import highlighted
from tongxin.places.place_id import Level, PlaceId
from tongxin.tasks import kinds as task_kinds
from tongxin.web import labels
from tongxin.web.addresses import addresses

FORMS: dict[str, Any] = {
    "close_form": CloseForm, "promise_form": PromiseForm, "note_form": NoteForm, "finish_form": FinishForm,
    "reopen_form": ReasonForm, "withdraw_form": ReasonForm, "district_form": ReasonForm,
}  # fmt: skip


@require_safe
@requires("need.view")
def need(request: HttpRequest, need_id: int) -> HttpResponse:
    return show(request, need_id)


def show(request: HttpRequest, need_id: int, status: int = 200, seen: int | None = None, **tried: Any) -> HttpResponse:
    """The page; ``tried`` are forms that were refused, by name, with what was typed; ``seen`` the version that they knew: what
    others have done since is said. Raises Http404."""
    one = desk.opened(request.user, need_id)
    if one is None:
        raise Http404
    looks.note(request, "view.need", looks.at_need(one), need=one.pk)
    user: Any = request.user
    callers, events, now = desk.askers(one.pk), queries.events(one.pk), clock.now()
    alike = [] if one.silent or one.state not in states.LIVE else queries.alike(one.pk)
    house = desk.members([one.home_id]) if one.home_id and not one.person_id else []
    at = addresses([one.stands, *(n.place_id for n, _ in alike), *(m.place_id for c in callers for m in c.behind)], user)
    acts, kind = user.may("need.act"), kinds.get(one.kind)
    context = {
        "one": one, "kind": kind, "now": now, "acts": acts, "may_name": user.may("person.view"),
        "urgency": kinds.URGENCIES[one.urgency], "tone": words.URGENCY_TONES[one.urgency],
        "state": words.of(words.STATES, one.state), "state_tone": words.STATE_TONES.get(one.state, "todo"),
        "where": f"{at.get(one.stands, '')} {one.door or ''}".strip(), "team": kinds.TEAMS[kind.team],
        "channel": words.of(kinds.CHANNELS, one.channel), "text": highlighted(queries.text_of(one), one.words),
        "details": _details(one), "promise": crypto.decrypt(one.promise),
        "suggested": {"kind": kinds.get(one.suggested_kind).label, "urgency": kinds.URGENCIES.get(one.suggested_urgency, ""),
                      "right": (one.suggested_kind, one.suggested_urgency) == (one.kind, one.urgency)},
        "topic": words.of(words.TOPICS, one.topic), "categories": labels.categories(one.category or "", user),
        "areas": _areas(one, user), "callers": callers, "shown": tried.pop("shown", None), "refused": tried.pop("refused", ""),
        "alike": [_pair(one, other, reason, at) for other, reason in alike],
        "task": _task(one), "steps": _steps(one, events), "events": [_said(e, one, user) for e in events],
        "changes": [_said(e, one, user) for e in events[: max(0, one.version - seen)]] if seen is not None else [],
        "closed_how": words.of(words.WAYS, one.closed_how), "satisfied": words.of(words.SATISFACTION, one.satisfaction),
        "can": {event: acts and states.can(one.state, event) for event in states.EVENTS},
        **(_forms(one, tried) if acts else {}), **_confirming(one, tried, callers, house, at, user if acts else None),
    }  # fmt: skip
    return render(request, "needs/need.html", context, status=status)


def _details(one: Need) -> list[tuple[Any, str]]:
    """What was asked and answered, in the order of the form; what an earlier kind asked comes last."""
    told, asks = queries.details_of(one), {a.name: a.label for k in kinds.KINDS for a in k.asks}
    asks |= {a.name: a.label for a in kinds.get(one.kind).asks}
    order = [a.name for a in kinds.get(one.kind).asks]
    return [(asks.get(name, name), told[name]) for name in sorted(told, key=lambda n: order.index(n) if n in order else 99)]


def _areas(one: Need, user: Any) -> Sequence[tuple[int, str]]:
    """The areas that hold there: those that limit the person; without one those that touch the building."""
    if not where.may_know(user):
        return []
    if one.person_id:
        return areas.on_person(one.person_id)
    place = PlaceId(one.place_id)
    return [(o.pk, o.name) for o in areas.around([place.range])] if place.level >= Level.BUILDING else []


def _pair(one: Need, other: Need, reason: str, at: dict[int, str]) -> dict[str, Any]:
    """Another need that may be the same: which of the two goes on if they are merged, and which version is merged into it."""
    ours, theirs = (Standing(n.pk, n.state != states.NEW, n.raised_at) for n in (one, other))
    kept = stays(ours, theirs)
    gone = one if kept == other.pk else other
    return {
        "row": other, "reason": gettext(reason), "kind": kinds.get(other.kind).label, "where": at.get(other.place_id, ""),
        "channel": words.of(kinds.CHANNELS, other.channel), "state": words.of(words.STATES, other.state),
        "stays": kept, "gone": gone.pk, "version": gone.version, "text": highlighted(queries.text_of(other)[:200], other.words),
    }  # fmt: skip


def _task(one: Need) -> dict[str, Any] | None:
    if not one.task_id:
        return None
    names = {k.key: k.label for k in task_kinds.known()}
    level = task_kinds.LEVEL_LABELS[min(one.climbed or 0, 2)] if one.climbed else ""
    return {"id": one.task_id, "kind": names.get(one.task_kind, one.task_kind), "owner": one.owner or "", "level": level}


def _steps(one: Need, events: Sequence[NeedEvent]) -> list[dict[str, Any]]:
    """The steps of the kind, each with when it was taken; what was taken before it was routed anew does not count."""
    taken: dict[int, NeedEvent] = {}
    for event in events:
        if event.event in ("confirmed", "reopened"):
            break
        number = crypto.decrypt(event.note) if event.event == "step" else ""
        if number.isdigit():
            taken[int(number)] = event
    return [{"number": i, "label": label, "event": taken.get(i)} for i, label in enumerate(kinds.get(one.kind).steps)]


def _said(event: NeedEvent, one: Need, user: Any) -> dict[str, Any]:
    """What happened, in words; what was noted only for those who act on needs."""
    note, steps = crypto.decrypt(event.note), kinds.get(one.kind).steps
    if event.event == "step":
        note = str(steps[int(note)]) if note.isdigit() and int(note) < len(steps) else ""
    return {
        "row": event, "what": words.of(words.EVENTS, event.event), "who": labels.actor(event.actor),
        "note": note if user.may("need.act") else "",
    }  # fmt: skip


def _forms(one: Need, tried: dict[str, Any]) -> dict[str, Any]:
    """The forms of the deeds, each as it was sent if it was refused; all for the version that the page shows."""
    found = {}
    for name, form in FORMS.items():
        sent = tried.get(name)
        if sent is not None:
            sent.data = {**sent.data.dict(), "version": one.version}  # what others did is said beside it: it counts as seen
        found[name] = sent or form(initial={"version": one.version}, auto_id=f"{name}_%s")
    return {**found, "tried": set(tried)}


def _confirming(
    one: Need, tried: dict[str, Any], callers: Sequence[Asker], house: Sequence[Member], at: dict[int, str], user: Any
) -> dict[str, Any]:
    """The form that says what the need is, with the people and the places to choose from."""
    if user is None or not (states.can(one.state, states.CONFIRM) or states.can(one.state, states.ROUTE)):
        return {}
    form = tried.get("confirm_form") or ConfirmForm(
        initial={"version": one.version, "kind": one.kind, "urgency": one.urgency, "topic": one.topic,
                 **{f"ask_{name}": value for name, value in queries.details_of(one).items()}},
        kind=one.kind, topic=one.topic, auto_id="confirm_%s",
    )  # fmt: skip
    if form.is_bound:  # what others did is said beside it: it counts as seen
        form.data = {**form.data.dict(), "version": one.version}
    people = {m.id: m for c in callers for m in c.behind} | {m.id: m for m in house}
    current = where.code_of(one.stands, one.home_id)
    spot = (form["spot"].value() or current) if form.is_bound else current
    places = [where.Choice(current, f"{at.get(one.stands, '')} {one.door or ''}".strip() or str(gettext("not known")))]
    places += [c for c in tried.get("places", []) if c.code != current]
    who = str(form["who"].value() or "") if form.is_bound else str(one.person_id or "")
    return {
        "confirm_form": form, "places": places, "spot": spot, "who": who, "searched": "places" in tried,
        "people": [
            {"row": m, "where": f"{at.get(m.place_id, '')} {m.door}".strip(), "categories": labels.categories(m.category, user)}
            for m in people.values() if m.id != one.person_id
        ],
    }  # fmt: skip


def find(request: HttpRequest, need_id: int) -> Need:
    """A need in the viewer's scope. Raises Http404."""
    one = queries.one(request.user, need_id)
    if one is None:
        raise Http404
    return one
