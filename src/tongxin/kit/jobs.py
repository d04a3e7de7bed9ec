"""Background jobs: the clocks run every minute, those that delete every hour; what waits for gateways runs beside them."""

from __future__ import annotations

from procrastinate.contrib.django import app

from tongxin.kit import clock, clocks, db


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="sweep", pass_context=False)
def sweep(timestamp: int) -> dict[str, int]:
    """What is due, at the city's time."""
    with db.acting_as_jobs():
        return clocks.quick(clock.now())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="outward", pass_context=False)
def outward(timestamp: int) -> dict[str, int]:
    """What goes out to other people's machines, at the city's time."""
    with db.acting_as_jobs():
        return clocks.outward(clock.now())


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="retention", pass_context=False)
def retention(timestamp: int) -> dict[str, int]:
    """What is too old, at the city's time."""
    with db.acting_as_jobs():
        return clocks.slow(clock.now())
