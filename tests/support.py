"""What tests share: where things are, who and when."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import zoneinfo
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
PASSWORD = "a long enough password"
NOW = dt.datetime(2022, 11, 26, 8, 0, tzinfo=zoneinfo.ZoneInfo("Asia/Shanghai"))
DISTRICT, COMMUNITY, OTHER = 5001080000000000000, 5001081060020000000, 5001081060030000000


@dataclass
class City:
    """A fresh database. ``env`` lets a program of its own use it."""

    name: str
    owner_url: str
    env: dict[str, str]

    def run(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run ``tongxin`` as a user would."""
        done = subprocess.run(
            [sys.executable, "-m", "tongxin", *words], env=self.env, capture_output=True, text=True, timeout=280
        )
        if check and done.returncode:
            raise AssertionError(f"tongxin {' '.join(words)} ended with {done.returncode}: {done.stderr}")
        return done

    def at(self, moment: dt.datetime) -> None:
        """Stop the city's clock at a moment."""
        from tongxin.kit import clock

        clock.set_time(moment, speed=0)
