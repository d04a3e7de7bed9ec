"""Signing an order, in three steps that each work without script: the places, what is ordered and why, whom it limits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongxin.access.guards import requires
from tongxin.areas import queries, rules, terms
from tongxin.areas.forms import OrderForm, PhotoForm
from tongxin.areas.models import Order, Part
from tongxin.areas.nearby import cases_near
from tongxin.areas.operations import issue
from tongxin.areas.operations.issue import Draft, Photo, Piece
from tongxin.areas.states import IN_FORCE
from tongxin.areas.views import pieces, words
from tongxin.areas.views.act import done
from tongxin.areas.views.area import case_in_words
from tongxin.areas.views.tree import tree
from tongxin.kit import clock
from tongxin.kit.audit import Because
from tongxin.places.place_id import Level
from tongxin.policy import words as policy_words
from tongxin.policy.decisions import Refused
from tongxin.policy.queries import pack_at
from tongxin.tasks.rules import smallest_place
from tongxin.web import labels
from tongxin.web.addresses import addresses

DECISION = "order:0"
Causes = list[tuple[Any, list[tuple[str, Any]]]]


@require_safe
@requires("area.order")
def places(request: HttpRequest) -> HttpResponse:
    """First the places: ``p`` in the address are those that are chosen."""
    chosen = _chosen(request)
    found = tree(request, chosen)
    whom = queries.whom(chosen) if chosen else None
    return render(request, "areas/new_places.html", {"tree": found, "whom": whom})


def _chosen(request: HttpRequest) -> list[Piece]:
    texts = request.GET.getlist("p")
    if pieces.are_too_many(texts):
        said = _("An order has at most %(most)s places, and you chose more: choose larger ones, or write two orders.")
        messages.error(request, said % {"most": pieces.MOST})
    return pieces.read(texts, request.user)


@dataclass
class Plan:
    """An order being written: its places, what the pack in force there says of each kind, what may be its cause."""

    chosen: list[Piece]
    says: dict[str, rules.Terms]
    causes: Causes
    cases: list[queries.CaseRow]
    near: list[queries.CaseRow]
    size: str
    place: int

    @property
    def kinds(self) -> dict[str, Any]:
        return {kind: words.KINDS[kind] for kind in self.says}

    @property
    def largest(self) -> dict[str, str]:
        return {kind: says.largest for kind, says in self.says.items()}

    def form(self, *args: Any, **kwargs: Any) -> OrderForm:
        return OrderForm(self.kinds, self.largest, self.size, self.causes, *args, **kwargs)


def _plan(request: HttpRequest, now: dt.datetime) -> Plan | None:
    """The plan of the address; None where it names no place of the user's."""
    chosen = _chosen(request)
    if not chosen:
        return None
    place = smallest_place([p.place_id for p in chosen])
    pack = pack_at(place, now)
    every = {kind: terms.terms_of(pack, kind) for kind in rules.KINDS}
    used = {kind: says for kind, says in every.items() if says.used}
    cases = queries.cases_in(chosen, now)
    draft = Draft("", "", chosen, ("", 0), "", "", None)
    near = cases_near(chosen, now)
    return Plan(chosen, used, _causes(request, chosen, cases, near), cases, near, draft.size, place)


def _causes(
    request: HttpRequest, chosen: Sequence[Piece], cases: Sequence[queries.CaseRow], near: Sequence[queries.CaseRow]
) -> Causes:
    """What may be cited: a case or a tube of these places, a case next to them, or a decision."""
    where = addresses([c.place_id for c in (*cases, *near)], request.user, Level.COMPOUND)
    of_cases, of_near = ([(f"case:{c.id}", case_in_words(c, where)) for c in some] for some in (cases, near))
    of_tubes = [
        (f"result:{t.tube_id}", _("tube %(barcode)s, %(n)s people, since %(time)s") % {
            "barcode": t.barcode or _("from elsewhere"), "n": t.people, "time": labels.moment(t.since)})
        for t in queries.positive_tubes(pieces.ranges(chosen))
    ]  # fmt: skip
    groups = [
        (_("A case"), of_cases), (_("A positive tube"), of_tubes), (_("A case nearby"), of_near),
        (_("A decision"), [(DECISION, words.CAUSES["order"])]),
    ]  # fmt: skip
    return [(name, rows) for name, rows in groups if rows]


@require_http_methods(["GET", "HEAD", "POST"])
@requires("area.order")
def order(request: HttpRequest) -> HttpResponse:
    """Then kind, name, cause and words. A POST is checked by the rules and, if they agree, shown as it will be signed."""
    plan = _plan(request, clock.now())
    if plan is None:
        messages.warning(request, _("Choose at least one place."))
        return redirect("areas:new")
    if request.method != "POST":
        return _write(request, plan, plan.form(initial=_initial(request, plan)))
    if "fill" in request.POST or "back" in request.POST:
        return _write(request, plan, plan.form(initial=_typed(request, plan)))
    form = plan.form(request.POST)
    if not form.is_valid():
        return _write(request, plan, form, 422)
    refused = _refused(request, plan, form)
    if refused:
        form.add_error(None, refused)
        return _write(request, plan, form, 422)
    return _preview(request, plan, form, PhotoForm())


def _initial(request: HttpRequest, plan: Plan) -> dict[str, Any]:
    cause = plan.causes[0][1][0][0]
    kind = next(iter(plan.says), "")
    zh, en = _reasons(plan, kind, cause)
    name = pieces.published_name(plan.chosen, request.user)
    return {"kind": kind, "name": name, "cause": cause, "reason_zh": zh, "reason_en": en}


def _typed(request: HttpRequest, plan: Plan) -> dict[str, Any]:
    """What was typed so far; with ``fill`` the reasons are those that fit kind and cause."""
    typed: dict[str, Any] = {key: request.POST.get(key, "") for key in plan.form().fields}
    if "fill" in request.POST:
        typed["reason_zh"], typed["reason_en"] = _reasons(plan, typed["kind"], typed["cause"])
    return typed


def _reasons(plan: Plan, kind: str, cause: str) -> tuple[str, str]:
    """The usual words for residents, in both languages; a case nearby was not found here."""
    near = cause in {f"case:{c.id}" for c in plan.near}
    zh, en = words.REASONS.get("near" if near else cause.partition(":")[0], words.REASONS["order"])
    said = {}
    for language in ("zh-hans", "en"):
        with override(language):
            said[language] = str(words.MEANINGS.get(kind, ""))
    return zh.format(zh=said["zh-hans"]), en.format(en=said["en"])


def _write(request: HttpRequest, plan: Plan, form: OrderForm, status: int = 200) -> HttpResponse:
    kind = form["kind"].value()
    context = {
        "plan": plan, "form": form, "labels": pieces.labelled(plan.chosen, request.user), "whom": queries.whom(plan.chosen),
        "facilities": sum(p.facility_id is not None for p in plan.chosen),
        "codes": [pieces.encode(p) for p in plan.chosen], "largest": words.SIZES.get(plan.largest.get(kind, ""), ""),
        "size": words.SIZES[plan.size], "basis": policy_words.basis(plan.says[kind].rule) if kind in plan.says else None,
    }  # fmt: skip
    return render(request, "areas/new_order.html", context, status=status)


def _draft(plan: Plan, form: OrderForm, exits: Photo | None) -> Draft:
    told = form.cleaned_data
    left = rules.anchor_of([rules.Case(c.positive_at, c.removed_at) for c in plan.cases])
    return Draft(
        kind=told["kind"], name=told["name"], pieces=plan.chosen, cause=form.cited(), reason_zh=told["reason_zh"],
        reason_en=told["reason_en"], exits=exits, justification=told["justification"] if form.too_large else "",
        anchor_at=rules.first_anchor(plan.says[told["kind"]], left), until=told["until"],
        values={"reference": told["reference"]} if told["cause"] == DECISION else {},
    )  # fmt: skip


def _refused(request: HttpRequest, plan: Plan, form: OrderForm) -> str:
    """Whether the rules would let it be signed, were the exits seen open now; the reason if not."""
    now = clock.now()
    try:
        issue.check(_draft(plan, form, Photo(now, b"?", "")), request.user, now)
    except Refused as reason:
        return words.refusal(reason)
    return ""


def _preview(request: HttpRequest, plan: Plan, form: OrderForm, exits: PhotoForm, status: int = 200) -> HttpResponse:
    """Whom it limits, from when until when at the latest, and when it can be lifted at the earliest."""
    now, draft = clock.now(), _draft(plan, form, None)
    says, zone = plan.says[draft.kind], clock.city_zone()
    times = rules.clock(says, now, draft.anchor_at, zone)
    ends = min(times.ends_at, draft.until) if draft.until else times.ends_at
    late = rules.complete_after(says, times.last_day, ends, zone)
    context = {
        "plan": plan, "form": form, "exits": exits, "draft": draft, "whom": queries.whom(plan.chosen), "now": now, "ends_at": ends,
        "due_at": min(times.due_at, ends), "late": late, "last_day": times.last_day, "kind": words.KINDS[draft.kind],
        "meaning": words.MEANINGS[draft.kind], "labels": pieces.labelled(plan.chosen, request.user),
        "cause": dict(row for _group, rows in plan.causes for row in rows)[form.cleaned_data["cause"]],
        "around": queries.around(pieces.ranges(plan.chosen)), "basis": policy_words.basis(plan.says[draft.kind].rule),
        "inside": sum(c.removed_at is None for c in plan.cases),
        "facilities": sum(p.facility_id is not None for p in plan.chosen),
    }  # fmt: skip
    return render(request, "areas/new_sign.html", context, status=status)


@require_POST
@requires("area.order")
def sign(request: HttpRequest) -> HttpResponse:
    """Last the exits, seen open, and the signature."""
    now = clock.now()
    plan = _plan(request, now)
    if plan is None:
        return redirect("areas:new")
    form, exits = plan.form(request.POST), PhotoForm(request.POST, request.FILES)
    if not form.is_valid():
        return _write(request, plan, form, 422)
    if (known := _signed_already(plan, form, request.user.actor)) is not None:
        messages.warning(request, _("You have signed this order already."))
        return redirect("areas:area", known.pk)
    if not exits.is_valid():
        return _preview(request, plan, form, exits, 422)
    told, made = exits.cleaned_data, []
    draft = _draft(plan, form, Photo(now, *told["photo"], note=told["note"]))
    refused = done(lambda: made.append(issue.issue(draft, request.user, now, Because(request.user.actor, draft.reason_zh))))
    if refused:
        form.add_error(None, refused)
        return _preview(request, plan, form, exits, 422)
    messages.success(request, _("Signed. It limits %(n)s people.") % {"n": made[0].persons})
    return redirect("areas:area", made[0].pk)


def _signed_already(plan: Plan, form: OrderForm, actor: str) -> Order | None:
    """The same order by the same user, still in force: a button that was pressed twice signs once. One on other places, or by
    another decision, is another order, whatever its name."""
    kind, key = form.cited()
    same = Order.objects.filter(
        state=IN_FORCE, issued_by=actor, kind=form.cleaned_data["kind"], name=form.cleaned_data["name"],
        cause_kind=kind, cause_id=key, issued_at__gt=clock.now() - dt.timedelta(hours=1),
    )  # fmt: skip
    if form.cleaned_data["cause"] == DECISION:
        same = same.filter(decision__reference=form.cleaned_data["reference"])
    wanted = set(map(_spot, plan.chosen))
    for one in same.prefetch_related("parts").order_by("-pk")[:20]:
        if set(map(_spot, one.parts.all())) == wanted:
            return one
    return None


def _spot(piece: Piece | Part) -> tuple[str, bool]:
    return pieces.encode(piece), piece.excluded
