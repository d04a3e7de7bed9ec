"""One turn of the clock of areas."""

from __future__ import annotations

import datetime as dt

from tongxin.areas.operations import disinfect, judge, knock, testing


def run(now: dt.datetime) -> int:
    """What has ended, whose cases moved, what is to be disinfected and tested, whose conditions are met now, who is to be
    sampled. How much changed."""
    lapsed, moved = judge.lapse_due(now), judge.re_anchor(now)
    asked = disinfect.ask(now) + testing.at_test_days(now)
    judged = judge.judge(now)
    judge.ask_to_decide(judged, now)
    knocks = knock.at_doors(judged, now)
    return lapsed + moved + asked + knocks + sum(j.met_at != j.was for j in judged)
