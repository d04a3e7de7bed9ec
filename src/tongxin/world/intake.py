"""The ways into the program that a simulated city uses: files through the loaders, rows through the API or through the
operations that the API calls."""

from __future__ import annotations

import json
import time
import zoneinfo
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from django.conf import settings

from tongxin.kit import imports
from tongxin.ledgers.loaders import LOADERS as LEDGERS
from tongxin.people.register import PeopleLoader
from tongxin.places.loaders import LOADERS as PLACES
from tongxin.screening.loaders import LOADERS
from tongxin.screening.operations import handovers, reports, scans
from tongxin.world import rows
from tongxin.world.rows import Row

PATHS = {rows.SCANS: "scans:batch", rows.REPORTS: "lab-reports:batch", rows.HANDOVERS: "handovers:batch"}
BATCH = 1_000
WAITS = (0.2, 1, 3, 9)
"""Seconds after which a batch that was not answered is sent again."""
ORDER = (rows.SCANS, rows.HANDOVERS, rows.REPORTS)


class NotTaken(Exception):
    """The program did not take in what the city sent."""


class Channel(Protocol):
    def send(self, kind: str, batch: Sequence[Row]) -> None:
        """Send rows of one kind. Raises NotTaken."""


def load(kind: str, path: Path) -> imports.Summary:
    """Take in a file as ``tongxin load`` does."""
    loaders: dict[str, Any] = {loader.kind: loader for loader in (*PLACES, PeopleLoader, *LOADERS, *LEDGERS)}
    return imports.take_in(loaders["results" if kind == rows.REPORTS else kind](), path, "demo")


def send_all(channel: Channel, due: Sequence[Row]) -> None:
    """Send rows of all kinds, scans before the rest."""
    for kind in ORDER:
        batch = [row for row in due if row.kind == kind]
        for start in range(0, len(batch), BATCH):
            channel.send(kind, batch[start : start + BATCH])


class InProcess:
    """What the API does with a batch, without the network."""

    def __init__(self) -> None:
        self._zone = zoneinfo.ZoneInfo(settings.TIME_ZONE)

    def send(self, kind: str, batch: Sequence[Row]) -> None:
        objects = [row.as_object() for row in batch]
        if kind == rows.SCANS:
            scans.record([scans.read(o, self._zone) for o in objects])
        elif kind == rows.HANDOVERS:
            handovers.record([handovers.read(o, self._zone) for o in objects])
        else:
            reports.record([reports.read(_plain(o), self._zone) for o in objects])


_PLAIN = ("report_no", "lab", "barcode", "result", "ct_orf1ab", "ct_n", "tested_at", "reported_at")


def _plain(report: Mapping[str, str]) -> dict[str, str]:
    """A report's columns under the names that the loader gives them."""
    return dict(zip(_PLAIN, (report[c] for c in rows.REPORT_COLUMNS), strict=True))


class Http:
    """The API of a served program, with a device's token."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def is_up(self) -> bool:
        try:
            return self._ask("GET", "/api/v1/health", None)[0] == 200
        except (OSError, HTTPException):
            return False

    def send(self, kind: str, batch: Sequence[Row]) -> None:
        body = json.dumps([row.as_object() for row in batch], ensure_ascii=False).encode()
        for wait in (*WAITS, None):
            status, answer = self._post(PATHS[kind], body)
            if status == 200:
                return
            if wait is None or status not in (0, 503):
                raise NotTaken(f"{status}: {answer[:200]!r}")
            time.sleep(wait)

    def _post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Status and answer; status 0 when there was none."""
        try:
            return self._ask("POST", f"/api/v1/{path}", body)
        except (OSError, HTTPException) as error:
            return 0, str(error).encode()

    def _ask(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        connection = HTTPConnection(self._host, self._port, timeout=30)
        try:
            connection.request(method, path, body, self._headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()
