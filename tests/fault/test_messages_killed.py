"""A process that is killed again and again while it sends: each message at most once, none lost from the books."""

import datetime as dt
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.support import COMMUNITY, NOW

from tongxin.kit.audit import Because
from tongxin.messages import carriers, operations
from tongxin.messages.models import Message
from tongxin.messages.operations import NewMessage

pytestmark = pytest.mark.usefixtures("places")
PEOPLE, EACH = 300, 3

SENDER = """
import datetime as dt, os, signal, sys
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "tongxin.config.settings"
django.setup()
from tongxin.kit import db
from tongxin.messages import carriers, operations
out, dies_after, now = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT), int(sys.argv[2]), sys.argv[3]
count = 0
def gateway(parcel):
    global count
    count += 1
    if count == dies_after:
        os.kill(os.getpid(), signal.SIGKILL)
    os.write(out, f"{parcel.key}\\n".encode())
carriers.use(gateway)
with db.acting_as_jobs():
    operations.deliver(dt.datetime.fromisoformat(now))
"""


def send(env: dict[str, str], file: Path, dies_after: int, now: dt.datetime) -> int:
    words = [sys.executable, "-c", SENDER, str(file), str(dies_after), now.isoformat()]
    return subprocess.run(words, env=env, capture_output=True, text=True, timeout=100).returncode


def test_a_process_that_is_killed_while_it_sends_sends_nothing_twice_and_forgets_nothing(city: Any, tmp_path: Path) -> None:
    file, draw = tmp_path / "gateway", random.Random(7)
    params = {"offer": "盐", "when": "x", "spot": "x"}
    wanted = [
        NewMessage(f"{p}:{i}", "offer.taken", COMMUNITY, phone=f"1000000{p:04}", params=params)
        for i in range(EACH) for p in range(PEOPLE)
    ]  # fmt: skip
    assert operations.queue(wanted, NOW, Because("test")) == len(wanted)
    env = {**os.environ, **city.env}
    for _ in range(4):
        assert send(env, file, draw.randint(5, 50), NOW) == -signal.SIGKILL
    stuck = Message.objects.filter(state="sending").count()
    assert 0 < stuck <= 4 * operations.delivery.AT_ONCE
    told: list[operations.Failure] = []
    operations.on_failure(lambda failed, now: told.extend(failed))
    before = carriers.use(lambda parcel: file.open("a").write(f"{parcel.key}\n") and None)
    try:
        operations.deliver(NOW + dt.timedelta(hours=1))
    finally:
        carriers.use(before)
        operations.failures._handlers.pop()
    got = Counter(file.read_text().split())
    assert max(got.values()) == 1
    states = dict(Message.objects.values_list("key", "state"))
    assert set(states.values()) == {"sent", "unknown"} and len(states) == len(wanted)
    unknown = {key for key, state in states.items() if state == "unknown"}
    assert {key for key, state in states.items() if state == "sent"} <= set(got)
    assert len(unknown) == stuck and {f.key for f in told} == unknown, "whoever may not have been told is phoned"
    for p in range(PEOPLE):
        order = [int(k.partition(":")[2]) for k in file.read_text().split() if k.startswith(f"{p}:")]
        assert order == sorted(order)
