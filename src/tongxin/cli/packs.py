"""``tongxin policy``: the rule packs, what they say, where they hold, what another one would change."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from tongxin.cli import start
from tongxin.cli.clocks import time_of
from tongxin.kit.errors import UserError

app = typer.Typer(no_args_is_help=True, help="Rule packs: what they say, where they hold, what another would change.")
PLACE = typer.Option("--place", help="the code of a place")
BY = typer.Option("--by", help="the user name of the person who signs")
REASON = typer.Option("--reason", help="why; it is kept with the decision")
YES = typer.Option("--yes", help="do it without asking")


@contextlib.contextmanager
def _in_english() -> Iterator[None]:
    from django.utils import translation

    with translation.override("en"):
        yield


@app.command("list")
def list_packs() -> None:
    """Print the packs that are shipped."""
    start.set_up()
    from tongxin.policy import schema

    for name in schema.names():
        pack = schema.load(name)
        print(f"{name}\t{pack.title_zh}\t{pack.title_en}")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="a pack; default base, or the one that holds at --place")] = "",
    place: Annotated[str, PLACE] = "",
    at: Annotated[str | None, typer.Option("--at", help="as of a time; default now")] = None,
) -> None:
    """Print a pack's parameters with unit, source and confidence; with --place the pack in force there."""
    if name and place:
        raise UserError("name a pack or a place, not both")
    if not place:
        start.set_up()
        _print_pack(name or "base")
        return
    with start.working():
        from tongxin.kit import clock
        from tongxin.policy import queries

        moment, where = time_of(at) if at else clock.now(), _place(place)
        held = queries.held(where, moment)
        if held:
            print(f"# {held.pack} since {held.starts_at:%Y-%m-%d %H:%M %z}, adopted at {held.place_id} by {held.adopted_by}")
        _print_pack(queries.pack_at(where, moment).name)


@app.command()
def check(files: list[Path]) -> None:
    """Check pack files; every problem with its line."""
    start.set_up()
    from tongxin.policy import schema

    with _in_english():
        problems = [p for file in files for p in schema.check_file(file)]
    for problem in problems:
        print(problem)
    raise typer.Exit(2 if problems else 0)


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="a pack, or - for the one in force at the place")],
    after: Annotated[str, typer.Argument(help="the pack to compare it with")],
    place: Annotated[str, PLACE],
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Print what differs between two packs, and what that means for what is in force at a place. Nothing is written."""
    with start.working(), _in_english():
        from tongxin.kit import clock
        from tongxin.policy import compare, queries

        where, now = _place(place), clock.now()
        first = queries.pack_at(where, now).name if before == "-" else _known(before)
        found = compare.compare(where, first, _known(after), now)
        if as_json:
            print(json.dumps(_as_json(where, found), ensure_ascii=False, default=str))
        else:
            _print_comparison(found)


@app.command()
def adopt(
    pack: Annotated[str, typer.Argument(help="the pack")],
    place: Annotated[str, PLACE],
    reason: Annotated[str, REASON],
    by: Annotated[str, BY],
    from_when: Annotated[str | None, typer.Option("--from", help="since when it holds; default now")] = None,
    yes: Annotated[bool, YES] = False,
) -> None:
    """Let a pack hold at a place from a moment on, signed by a person who may."""
    with start.working(), _in_english():
        from tongxin.kit import clock
        from tongxin.policy import compare, operations

        now, where, user = clock.now(), _place(place), _user(by)
        starts_at = time_of(from_when) if from_when else now
        plan = operations.check_adopt(where, pack, starts_at, user, reason, now)
        _print_comparison(compare.compare(where, plan.before.name, pack, now))
        for below in plan.ended:
            print(f"{below.place_id} has {below.pack} of its own, which exceeds a ceiling: it will follow the place above")
        _ask(f"{pack} will hold at {where:d} from {starts_at:%Y-%m-%d %H:%M} on", yes)
        operations.adopt(where, pack, starts_at, user, reason, clock.now())


@app.command()
def rollback(
    place: Annotated[str, PLACE],
    reason: Annotated[str, REASON],
    by: Annotated[str, BY],
    yes: Annotated[bool, YES] = False,
) -> None:
    """Let the pack before hold again from now on, or withdraw the one that is planned."""
    with start.working(), _in_english():
        from tongxin.kit import clock
        from tongxin.policy import compare, operations

        now, where, user = clock.now(), _place(place), _user(by)
        plan = operations.check_roll_back(where, user, reason, now)
        if plan.planned:
            said = f"the plan for {plan.planned.pack or 'no pack of its own'} at {where:d} will be withdrawn"
        else:
            said = f"{plan.pack.name} will hold at {where:d} from now on"
            _print_comparison(compare.compare(where, plan.present.name, plan.pack.name, now))
        _ask(said, yes)
        operations.roll_back(where, user, reason, clock.now())


def _ask(said: str, yes: bool) -> None:
    """Say what will be done, and have it confirmed."""
    print(said)
    if yes:
        return
    if not sys.stdin.isatty():
        raise UserError("nothing was done; add --yes to do it without being asked")
    if not typer.confirm("go on?"):
        raise UserError("nothing was done")


def _place(code: str) -> Any:
    from tongxin.places import queries
    from tongxin.places.place_id import PlaceId

    try:
        place = PlaceId.parse(code)
    except ValueError as error:
        raise UserError(str(error)) from None
    if not queries.existing([place]):
        raise UserError(f"there is no place {code}; `tongxin load places` loads them")
    return place


def _user(name: str) -> Any:
    from tongxin.access.models import User

    found = User.objects.filter(username=name).first()
    if found is None:
        raise UserError(f"there is no user {name!r}; a pack is adopted by a person with an account")
    return found


def _known(name: str) -> str:
    from tongxin.policy import schema

    if name not in schema.names():
        raise UserError(f"there is no pack {name!r}; use one of {', '.join(schema.names())}")
    return name


def _print_pack(name: str) -> None:
    from tongxin.policy import schema, words

    pack = schema.load(_known(name))
    with _in_english():
        for key, p in pack.parameters.items():
            limit = f", at most {words.ceiling(p)} below" if p.ceiling is not None else ""
            print(f"{key} = {words.value(p)}\t[{p.confidence}{limit}] {p.source}")


def _print_comparison(found: Any) -> None:
    from tongxin.policy import words

    for d in found.differences:
        a, b = d.before, d.after
        print(f"{d.key}: {words.value(a)} [{a.confidence}] -> {words.value(b)} [{b.confidence}] {b.source}")
    for effect in found.effects:
        print(f"{effect.label}: {effect.count:,} {effect.unit}")
        for row in effect.rows:
            print("  " + " ".join(str(v) for v in row.values()))
        if effect.total > len(effect.rows):
            print(f"  … and {effect.total - len(effect.rows):,} more")
    if not found.effects:
        print("nothing that is in force would change")


def _as_json(place: int, found: Any) -> dict[str, Any]:
    def told(p: Any) -> dict[str, Any]:
        return {f: getattr(p, f) for f in ("value", "unit", "source", "confidence", "ceiling", "pack")}

    return {
        "place": int(place), "before": found.before.name, "after": found.after.name,
        "differences": [{"key": d.key, "before": told(d.before), "after": told(d.after)} for d in found.differences],
        "effects": [
            {"key": e.key, "label": str(e.label), "count": e.count, "unit": str(e.unit), "total": e.total, "url": e.url,
             "rows": [dict(r) for r in e.rows]}
            for e in found.effects
        ],
    }  # fmt: skip
