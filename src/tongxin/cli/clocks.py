"""``tongxin sweep`` and ``tongxin clock``."""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated

import typer

from tongxin.cli import start

app = typer.Typer(no_args_is_help=True, help="The city's clock: a replay or a drill runs at the time of its data.")


def time_of(text: str) -> dt.datetime:
    """A time as somebody types it; without an offset it is the city's. Raises UserError."""
    from tongxin.kit import clock
    from tongxin.kit.errors import UserError

    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        raise UserError(f"{text!r} is not a time; write it like 2022-11-25T20:00") from None
    return at if at.tzinfo else at.replace(tzinfo=clock.city_zone())


def sweep(
    at: Annotated[str | None, typer.Option(help="as if it were this time")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Run the clocks: what is due, what lapses, what goes up a level, what is deleted."""
    with start.working():
        from tongxin.kit import clock, clocks

        done = clocks.sweep(time_of(at) if at else clock.now())
    print(json.dumps(done) if as_json else "\n".join(f"{name}: {count}" for name, count in done.items()))


@app.command("show")
def show() -> None:
    """Print the city's time."""
    with start.working():
        from tongxin.kit import clock

        print(clock.now().isoformat(timespec="seconds"))


@app.command("set")
def set_time(at: str, speed: Annotated[float, typer.Option(help="how fast it runs; 0 stands still")] = 1.0) -> None:
    """Set the city's clock, for every process."""
    with start.working():
        from tongxin.kit import clock

        clock.set_time(time_of(at), speed)


@app.command("reset")
def reset() -> None:
    """Let the city's clock be the machine's."""
    with start.working():
        from tongxin.kit import clock

        clock.reset()
