"""The city's clock: one time for every process, which a demo, a drill or a replay may set to the time of its data.

The setting is one row: at the machine's time ``real`` the city's time was ``city``, and since then it runs ``speed``
times as fast. Without a row the city's time is the machine's. Rules never read the clock: "now" is their argument.
"""

from __future__ import annotations

import datetime as dt
import time
import zoneinfo
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError

from tongxin.kit import db

CACHE_SECONDS = 1.0


@dataclass(frozen=True)
class Setting:
    """At ``real`` (machine) it was ``city``; the city's time runs ``speed`` times the machine's (0: stands still)."""

    city: dt.datetime
    real: dt.datetime
    speed: float

    def at(self, real: dt.datetime) -> dt.datetime:
        return self.city + (real - self.real) * self.speed


_cached: tuple[float, Setting | None] = (float("-inf"), None)


def city_zone() -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(settings.TIME_ZONE)


def now() -> dt.datetime:
    """The city's time, aware, in the city's zone."""
    real = dt.datetime.now(dt.UTC)
    setting = _setting()
    return (setting.at(real) if setting else real).astimezone(city_zone())


def set_time(city: dt.datetime, speed: float = 1.0) -> None:
    """Set the city's clock for every process. ``city`` without an offset is the city's local time."""
    city = city if city.tzinfo else city.replace(tzinfo=city_zone())
    with db.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kit_clock (id, city, real, speed) VALUES (1, %s, %s, %s) "
            "ON CONFLICT (id) DO UPDATE SET city = excluded.city, real = excluded.real, speed = excluded.speed",
            [city, dt.datetime.now(dt.UTC), speed],
        )
    forget()


def reset() -> None:
    """Let the city's clock be the machine's again."""
    with db.cursor() as cursor:
        cursor.execute("DELETE FROM kit_clock")
    forget()


def forget() -> None:
    """Read the setting anew at the next call (used when another process or a test has changed it)."""
    global _cached
    _cached = (float("-inf"), None)


def _setting() -> Setting | None:
    global _cached
    read_at, setting = _cached
    if time.monotonic() - read_at > CACHE_SECONDS:
        try:
            with db.cursor() as cursor:
                cursor.execute("SELECT city, real, speed FROM kit_clock")
                row = cursor.fetchone()
        except DatabaseError:
            return setting
        setting = Setting(*row) if row else None
        _cached = (time.monotonic(), setting)
    return setting
