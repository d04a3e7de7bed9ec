"""Background jobs: every minute the clocks run."""

from __future__ import annotations

from procrastinate.contrib.django import app

from tongxin.kit import clock, clocks, db


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="sweep", pass_context=False)
def sweep(timestamp: int) -> dict[str, int]:
    """What ``tongxin sweep`` does, at the city's time."""
    with db.acting_as_jobs():
        return clocks.sweep(clock.now())
