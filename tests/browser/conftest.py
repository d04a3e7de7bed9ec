"""A real browser on the program that serves a test's database."""

from __future__ import annotations

import json
import os
import shutil
import urllib.request
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from tests.support import COMMUNITY, DISTRICT, NOW, PASSWORD, ROOT, City

FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-quic"]


def browser_path() -> str | None:
    chosen = ROOT / ".venv" / "browser.txt"
    found = chosen.read_text().strip() if chosen.exists() else ""
    return found or shutil.which("chromium") or shutil.which("google-chrome")


def pytest_runtest_protocol(item: Any, nextitem: Any) -> bool:
    """A walk that fails is walked once more, from a city of its own: on a busy machine a browser now and then loses a click.
    What fails twice has failed; what failed once is named in the warnings."""
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    if any(report.failed for report in reports):
        item.warn(pytest.PytestWarning(f"{item.name} failed once"))
        item._initrequest()
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=browser_path(), args=FLAGS)
        except Error as error:
            if os.environ.get("TONGXIN_REQUIRE_BROWSER"):
                raise
            pytest.skip(f"no browser: {str(error).splitlines()[0]}; run `make test`, which gets one")
        # Playwright's loop makes this thread look asynchronous to Django, whose rows the tests read themselves.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        yield started
        started.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@dataclass
class Site:
    """The program serving a city; what its stations and laboratories send."""

    base: str
    token: str

    def post(self, what: str, rows: list[dict[str, str]]) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{self.base}/api/v1/{what}:batch", json.dumps(rows).encode(),
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: dict[str, Any] = json.loads(answer.read())
        return found

    def scan(self, tube: str, person: int, **more: str) -> dict[str, Any]:
        row = {
            "scan_id": f"{tube}-{person}", "round": "R20221126", "purpose": "screening", "tube_barcode": tube,
            "tube_kind": "pool", "capacity": "10", "site": "S500108106002", "station": "S500108106002-1",
            "person_no": f"P{person}", "id_number": "990101198001010014", "scanned_at": "2022-11-26 07:30:00", **more,
        }  # fmt: skip
        return self.post("scans", [row])

    def report(self, number: str, tube: str, result: str, at: str) -> dict[str, Any]:
        row = {
            "报告编号": number, "检测机构": "检验所1", "样本管号": tube, "结果": result, "ORF1ab基因Ct值": "",
            "N基因Ct值": "", "检测时间": at, "报告时间": at,
        }  # fmt: skip
        return self.post("lab-reports", [row])


@pytest.fixture
def site(city: City, cast: dict[str, Any]) -> Iterator[Site]:
    """A community of twelve people, a round today, the clock at eight in the morning, and the program serving it."""
    from tongxin.access import operations as access
    from tongxin.bench.serving import server
    from tongxin.kit.audit import Because
    from tongxin.people import register, rules
    from tongxin.screening.operations import rounds

    city.at(NOW)
    entry = {
        "id_number": "990101198001010014", "sex": "女", "birth_date": "1950-01-01", "community_code": "500108106002",
        "compound": "和苑", "building": "1", "unit": "1",
    }  # fmt: skip
    people = [
        {
            **entry, "person_no": f"P{n}", "name": f"居民{n}", "phone": f"100000000{n:02d}", "room": f"{n}01",
            "category": "elderly_alone" if n == 3 else "",
        }
        for n in range(1, 13)
    ]  # fmt: skip
    register.record([rules.read(row) for row in people])
    rounds.record([rounds.read({"round": "R20221126", "day": "2022-11-26", "community_code": "500108106002"})])
    token = access.add_token("all", DISTRICT, ["scan.write", "report.write"], Because("test"))
    assert COMMUNITY and PASSWORD
    with server({**city.env, "TONGXIN_PORT": "0"}) as port:
        yield Site(f"http://127.0.0.1:{port}", token)


def picture(page: Any, path: Path, *, full_page: bool = False) -> None:
    """Keep a picture of the page for a person to look at. On a busy machine the browser now and then has none to give: it
    is asked again, and a picture that it refuses thrice is a warning, for what the page says is asserted elsewhere."""
    from playwright.sync_api import Error

    path.parent.mkdir(parents=True, exist_ok=True)
    for attempt in range(3):
        try:
            page.screenshot(path=path, full_page=full_page)
            return
        except Error as error:
            reason = str(error).splitlines()[0]
            page.wait_for_timeout(500 * (attempt + 1))
    warnings.warn(f"no picture {path.name}: {reason}", stacklevel=2)


def axe_source() -> Path | None:
    path = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    return path if path.exists() else None
