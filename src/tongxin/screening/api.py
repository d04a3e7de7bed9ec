"""The API of stations, laboratories and couriers: batches of the rows that files hold, with a bearer token
(``web.batches``)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from tongxin.screening import columns, rules
from tongxin.screening.operations import handovers, reports, scans
from tongxin.web.batches import ANSWERS, Intake, Sender, Written, answer, names

router = Router(tags=["screening"])


def _write_scans(rows: list[scans.Scan], sender: Sender) -> Written:
    return *scans.record(rows), {}


def _write_reports(rows: list[Any], sender: Sender) -> Written:
    done = reports.record(rows)
    why = "this report number is on file with other content"
    return done.accepted, done.repeated, dict.fromkeys(done.conflicts, why)


def _write_handovers(rows: list[Any], sender: Sender) -> Written:
    return *handovers.record(rows), {}


def _own_site(scan: scans.Scan, sender: Sender) -> str:
    low, high = sender.scope
    return "" if low <= scan.header.place_id < high else "this device may not register scans at that site"


SCANS = Intake(
    "scan.write", "api.max_scans_per_batch", columns.SCANS, lambda row, sender: scans.read(row, sender.zone), _write_scans,
    (rules.Unreadable,), _own_site,
)  # fmt: skip
REPORTS = Intake(
    "report.write", "api.max_reports_per_batch", columns.REPORTS, lambda row, sender: reports.read(row, sender.zone),
    _write_reports, (rules.Unreadable,),
)  # fmt: skip
HANDOVERS = Intake(
    "handover.write", "api.max_scans_per_batch", columns.HANDOVERS, lambda row, sender: handovers.read(row, sender.zone),
    _write_handovers, (rules.Unreadable,),
)  # fmt: skip


@router.post("/scans:batch", response=ANSWERS, openapi_extra=names(SCANS), summary="Scans of people into tubes")
async def scans_batch(request: HttpRequest) -> HttpResponse:
    return await answer(SCANS, request)


@router.post("/lab-reports:batch", response=ANSWERS, openapi_extra=names(REPORTS), summary="Laboratory reports")
async def reports_batch(request: HttpRequest) -> HttpResponse:
    return await answer(REPORTS, request)


@router.post("/handovers:batch", response=ANSWERS, openapi_extra=names(HANDOVERS), summary="Hand-overs of tubes")
async def handovers_batch(request: HttpRequest) -> HttpResponse:
    return await answer(HANDOVERS, request)
