"""``tongxin demo``: a simulated city, served."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tongxin.cli import serving, start

out = Console(highlight=False)


def demo(
    place: Annotated[str, typer.Option(help="code of a district, street or community of Nan'an")] = "500108",
    people: Annotated[int, typer.Option(help="how many residents", min=1_000, max=500_000)] = 12_000,
    seed: Annotated[int, typer.Option(help="the same seed makes the same city")] = 1,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="serve the pages afterwards")] = True,
    fresh: Annotated[bool, typer.Option("--fresh", help="make it anew; wipes a demo, never anything else")] = False,
    port: Annotated[int | None, typer.Option(help="default TONGXIN_PORT or 8000")] = None,
    speed: Annotated[float, typer.Option(help="how fast the city's time runs while it is served", min=0)] = 6.0,
    as_json: Annotated[bool, typer.Option("--json", help="print the clocks as one JSON object")] = False,
    act: Annotated[str, typer.Option(hidden=True, help="the simulated people of a served demo")] = "",
) -> None:
    """Make a simulated city with one outbreak, print the three clocks, and serve its pages."""
    if act:
        return _act(act, speed)
    start.start_database()
    start.migrate()
    from django.utils import translation

    from tongxin.kit import db

    with translation.override(_language()), db.acting_as_jobs():
        _make(place, people, seed, fresh)
        logins = _report(as_json, _address(port) if serve else None)
    if serve:
        _serve(port, speed, logins)
    return None


def _language() -> str:
    """The language of the terminal: Chinese or English."""
    said = next((v for v in map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG")) if v), "")
    return "zh-hans" if said.lower().startswith("zh") else "en"


def _address(port: int | None) -> str:
    from django.conf import settings

    return f"http://127.0.0.1:{port or int(settings.PORT)}/"


def _make(place: str, people: int, seed: int, fresh: bool) -> None:
    from django.utils.translation import gettext as _

    from tongxin.world import demo as world

    wanted, known = world.Settings(place, people, seed), world.known()
    if known and not fresh and world.is_ready():
        start.console.print(_("The demo is there already; --fresh makes it anew."))
        return
    scenario = world.scenario(wanted)
    if known:
        world.wipe()
    with _progress() as tell:
        world.begin(wanted)
        world.make(scenario, tell)


@contextlib.contextmanager
def _progress() -> Iterator[Any]:
    from django.utils.translation import gettext as _

    words = {"register": _("Places and people"), "outbreak": _("An outbreak, evening by evening")}
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=start.console, transient=True) as bar:
        task = bar.add_task(words["register"], total=1.0)
        yield lambda what, done: bar.update(task, description=words[what], completed=done)


def _report(as_json: bool, address: str | None) -> dict[str, str]:
    """Print the clocks, the address and the logins; gives the logins."""
    from dataclasses import asdict

    from tongxin.kit import clock
    from tongxin.world import demo as world
    from tongxin.world import figures
    from tongxin.world.scenario import FIRST

    made_from = world.known()
    assert made_from is not None
    since = dt.datetime.combine(FIRST, dt.time(), clock.city_zone())
    found, logins = figures.clocks(since, world.district_of(made_from)), world.logins()
    if as_json:
        whole = {**asdict(made_from), **found.as_json(), "address": address, "logins": logins}
        print(json.dumps(whole, ensure_ascii=False))
    else:
        _print_clocks(found)
        _print_logins(address, logins)
    return logins


def _print_clocks(found: Any) -> None:
    from django.utils.translation import gettext as _

    from tongxin.world.figures import HOP_LABELS

    out.print(_("Simulated city; its time is %(at)s.") % {"at": f"{found.at:%Y-%m-%d %H:%M}"})
    table = Table(_("Hop"), _("Members"), _("Median"), "p90", title=_("Find"))
    for hop in found.hops:
        table.add_row(str(HOP_LABELS.get(hop.key, hop.key)), str(hop.count), _span(hop.median), _span(hop.p90))
    out.print(table)
    tubes = {"found": sum(found.chases.values()), **found.chases}
    out.print(
        _("Find: %(found)d tubes found, %(resolved)d resolved, %(open)d open, %(corrected)d corrected;") % tubes,
        _("members: %(resolved)d resolved, %(open)d open.") % {"resolved": found.resolved, "open": found.open},
    )
    work = {"open": found.tasks_open, "overdue": found.tasks_overdue}
    out.print(_("Care: %(open)d tasks open, %(overdue)d overdue.") % work)
    needs = {"waiting": found.needs.waiting, "overdue": found.needs.overdue, "done": found.needs.done, "ask": found.needs.to_ask}
    out.print(_("Needs: %(waiting)d wait, %(overdue)d overdue; %(done)d done in a day, %(ask)d to be asked.") % needs)
    limits = {"force": found.in_force, "overdue": found.overdue}
    out.print(_("Release: %(force)d restrictions in force, %(overdue)d overdue.") % limits)


def _span(span: dt.timedelta | None) -> str:
    """Hours, minutes and seconds, to the second."""
    if span is None:
        return "–"
    seconds = round(span.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _print_logins(address: str | None, logins: dict[str, str]) -> None:
    from django.utils.translation import gettext as _

    table = Table(_("User name"), _("Password"), title=_("Log in as"))
    for name, password in logins.items():
        table.add_row(name, password)
    out.print(table)
    if address:
        out.print(_("Open %(address)s") % {"address": address})


def _serve(port: int | None, speed: float, logins: dict[str, str]) -> None:
    """Serve, with the simulated people at work beside."""
    from tongxin.kit import db
    from tongxin.world import live

    with db.acting_as_jobs():
        live.stand_still()
    os.environ["TONGXIN_DEMO_LOGINS"] = json.dumps(logins)
    words = ["demo", "--act", _address(port), "--speed", str(speed)]
    process = subprocess.Popen([sys.executable, "-m", "tongxin", *words])
    try:
        serving.run_server("127.0.0.1", port, None, True)
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with db.acting_as_jobs():
            live.stand_still()


def _act(address: str, speed: float) -> None:
    """Be the people of a served demo, for as long as the process that serves it lives."""
    parent = os.getppid()
    start.set_up()
    from tongxin.kit import db
    from tongxin.world import demo as world
    from tongxin.world import live

    with db.acting_as_jobs():
        made_from = world.known()
        if made_from:
            live.run(made_from, address, speed, lambda: os.getppid() == parent)
