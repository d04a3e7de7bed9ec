"""The rows behind a round's figures: its tubes, reports without a tube, and the page of one tube."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongxin.access.guards import requires
from tongxin.chase import queries as chase
from tongxin.kit import audit
from tongxin.kit.audit import Because
from tongxin.places.models import Facility
from tongxin.screening import queries, rules, waiting
from tongxin.screening.models import TubeMember
from tongxin.screening.queries import Part, TubeDetail, TubeRow, Tubes
from tongxin.screening.views import words
from tongxin.screening.views.scope import counted, int64, part_of
from tongxin.web import labels
from tongxin.web.addresses import addresses
from tongxin.web.exports import clock_text, csv_response, wants_csv
from tongxin.web.paging import paged

RESULTS = {"pending": -1, "invalid": 0, "negative": 1, "inconclusive": 2, "positive": 3}
EXPORTED_AT_ONCE = 1000


@require_safe
@requires("screening.view")
def tubes(request: HttpRequest, round_id: int) -> HttpResponse:
    """``site``, ``flag``, ``result`` and ``step`` in the address say which tubes of the round. Those that wait for a result
    come in the order of what it would set free."""
    part, wanted = part_of(request, round_id), _wanted(request)
    queue = Queue(part, wanted, _worth(request, part, wanted))
    if wants_csv(request):
        return _export(request, queue)
    page = paged(request, (int64, int64), queue.rows, queue.key)
    page.rows = [{**_shown(row), "frees": queue.hours(row.id)} for row in page.rows]
    context = {
        "rows": page, "part": part, "waiting": queue.is_waiting, "round": part.round, "wanted": wanted,
        "flags": words.FLAGS.items(),
        "results": [(key, labels.RESULTS[None if code < 0 else code]) for key, code in RESULTS.items()],
        "steps": words.STEPS.items(), "chosen": request.GET.get("result", ""), "site": _site(wanted),
    }  # fmt: skip
    return render(request, "screening/tubes.html", context)


def _wanted(request: HttpRequest) -> Tubes:
    get = request.GET
    site, step, flag = get.get("site", ""), get.get("step", ""), get.get("flag", "")
    return Tubes(
        site=int(site) if site.isascii() and site.isdigit() and len(site) < 19 else None,
        flag=flag if flag in rules.FLAGS else None,
        result=RESULTS.get(get.get("result", "")),
        step=int(step) if step in ("0", "1", "2", "3", "4", "5") else None,
    )


def _is_waiting(wanted: Tubes) -> bool:
    return wanted.result == RESULTS["pending"] or wanted.step is not None


def _worth(request: HttpRequest, part: Part, wanted: Tubes) -> dict[int, int]:
    if not _is_waiting(wanted):
        return {}
    found, _at = counted(request, part, "worth", waiting.worth)
    return {tube: one.hours for tube, one in found.items() if wanted.step in (None, one.step)}


@dataclass(frozen=True)
class Queue:
    """The tubes of a list: first those whose result would set somebody free, the one that frees most first (``worth``:
    person-hours by tube; few are), then the others by their number. A key is (-person-hours, tube)."""

    part: Part
    wanted: Tubes
    worth: Mapping[int, int]

    @property
    def is_waiting(self) -> bool:
        return _is_waiting(self.wanted)

    def hours(self, tube: int) -> int:
        return self.worth.get(tube, 0)

    def key(self, row: TubeRow) -> tuple[int, int]:
        return -self.hours(row.id), row.id

    def rows(self, after: tuple[int, int] | None, limit: int) -> list[TubeRow]:
        found: list[TubeRow] = []
        if self.worth and (after is None or after[0] < 0):
            first = queries.tubes(self.part, self.wanted, 0, len(self.worth), only=list(self.worth))
            found = sorted((row for row in first if after is None or self.key(row) > after), key=self.key)[:limit]
        if len(found) < limit:
            last = after[1] if after and after[0] >= 0 else 0
            found += queries.tubes(self.part, self.wanted, last, limit - len(found), but=list(self.worth))
        return found


def _site(wanted: Tubes) -> Facility | None:
    return Facility.objects.filter(pk=wanted.site).first() if wanted.site else None


def _shown(row: TubeRow) -> dict[str, Any]:
    return {
        "row": row,
        "kind": labels.of(labels.TUBE_KINDS, row.kind),
        "result": labels.of(labels.RESULTS, row.result),
        "tone": labels.RESULT_TONES.get(row.result, "todo"),
        "flags": words.flags(row.flags),
        "step": words.STEPS.get(row.step or 0, row.step),
    }


def _export(request: HttpRequest, queue: Queue) -> HttpResponse:
    header = [
        _("Tube"), _("Kind"), _("Capacity"), _("Members"), _("Last scan"), _("Result"), _("Reported"), _("Flags"),
        _("Site"), _("Table"), _("Where"), _("Box"), *([_("Frees (person-hours)")] if queue.is_waiting else []),
    ]  # fmt: skip

    def batch(after: Any) -> tuple[list[list[Any]], Any]:
        found = queue.rows(after, EXPORTED_AT_ONCE)
        lines = [[*_line(row), *([queue.hours(row.id)] if queue.is_waiting else [])] for row in found]
        return lines, queue.key(found[-1]) if len(found) == EXPORTED_AT_ONCE else None

    return csv_response(request, f"tubes-{queue.part.round.name}", header, batch)


def _line(row: TubeRow) -> list[Any]:
    shown = _shown(row)
    return [
        row.barcode, shown["kind"], row.capacity, row.members, clock_text(row.last_scan_at), shown["result"],
        clock_text(row.result_at), "; ".join(map(str, shown["flags"])), row.site, row.station, shown["step"], row.box,
    ]  # fmt: skip


@require_safe
@requires("screening.view")
def unmatched(request: HttpRequest) -> HttpResponse:
    """Reports for tubes that nobody scanned; they match by themselves when the scans arrive."""
    if wants_csv(request):
        return _export_unmatched(request)
    page = paged(request, (int64, str), queries.unmatched, lambda row: (row.tube_id, row.report_no))
    page.rows = [
        {"row": r, "result": labels.of(labels.RESULTS, r.result), "tone": labels.RESULT_TONES.get(r.result, "todo")}
        for r in page.rows
    ]
    return render(request, "screening/unmatched.html", {"rows": page})


def _export_unmatched(request: HttpRequest) -> HttpResponse:
    header = [_("Tube"), _("Report"), _("Laboratory"), _("Result"), "ORF1ab Ct", "N Ct", _("Reported")]

    def batch(after: Any) -> tuple[list[list[Any]], Any]:
        found = queries.unmatched(after, EXPORTED_AT_ONCE)
        lines = [
            [r.barcode, r.report_no, r.lab, labels.of(labels.RESULTS, r.result), r.ct_orf1ab, r.ct_n,
             clock_text(r.reported_at)]
            for r in found
        ]  # fmt: skip
        return lines, (found[-1].tube_id, found[-1].report_no) if len(found) == EXPORTED_AT_ONCE else None

    return csv_response(request, "unmatched", header, batch)


@require_safe
@requires("screening.view")
def tube(request: HttpRequest, barcode: str) -> HttpResponse:
    """What is on file of a tube, for reading; a chased one has a page of its own."""
    found = queries.tube(barcode)
    if found is None:
        raise Http404
    if request.user.may("chase.view") and chase.chase_of(found.id):
        return redirect("chase:tube", barcode)
    members = queries.tube_members(found.id, found.day)
    because = replace(Because(request.user.actor), details={"barcode": barcode})
    audit.record(because, "view.tube", "tube", found.id, found.place_id, count=len(members))
    context = {
        **_detail(found), "may_name": request.user.may("person.view"),
        "members": _members(request, found, members), "hidden": found.members - len(members),
    }  # fmt: skip
    return render(request, "screening/tube.html", context)


def _detail(found: TubeDetail) -> dict[str, Any]:
    return {
        "tube": found,
        "result": labels.of(labels.RESULTS, found.result),
        "tone": labels.RESULT_TONES.get(found.result, "todo"),
        "kind": labels.of(labels.TUBE_KINDS, found.kind) if found.kind else "",
        "purpose": words.PURPOSES.get(found.purpose, found.purpose),
        "flags": words.flags(found.flags),
        "reports": [
            {"row": r, "result": labels.of(labels.RESULTS, r.result), "tone": labels.RESULT_TONES.get(r.result, "todo")}
            for r in found.reports
        ],
        "steps": [
            {"row": s, "step": words.STEPS.get(s.step, s.step), "who": labels.actor(s.actor)} for s in found.steps
        ],
    }


def _members(request: HttpRequest, found: TubeDetail, members: list[queries.TubeMemberRow]) -> list[dict[str, Any]]:
    """By name for whoever may open a person's record, and by where they live for the others."""
    where = addresses([m.place_id for m in members if m.place_id], request.user)
    return [
        {
            "row": m,
            "where": f"{where.get(m.place_id or 0, '')} {m.door}".strip(),
            "categories": labels.categories(m.category or "", request.user),
            "unknown": m.marks & TubeMember.PROVISIONAL,
            "bad_id": m.marks & TubeMember.BAD_ID,
            "second": found.purpose == 1 and m.nth != 0,
        }
        for m in members
    ]
