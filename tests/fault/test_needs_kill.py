"""The program and its sender are killed at random while needs come in: what was acknowledged exists once, and each caller is told
at most once, and at least queued to be told. ``TONGXIN_FULL=1`` takes in ten thousand."""

from __future__ import annotations

import http.client
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.fault.test_kill import Program
from tests.needs_town import DISTRICT, NOW, settle

from tongxin.access.operations import add_token
from tongxin.kit import crypto, db
from tongxin.kit.audit import Because
from tongxin.messages import carriers, operations
from tongxin.messages.models import Message
from tongxin.needs import rules
from tongxin.needs.models import Need
from tongxin.needs.operations import hooks
from tongxin.tasks.models import Task

FULL = bool(os.environ.get("TONGXIN_FULL"))
COUNT, KILLS = (10_000, 25) if FULL else (1_500, 4)
PHONES = 300
TEXTS = ("家里没有菜了", "降压药只剩两天", "暖气不热", "请问几点做核酸", "快递在门口三天了", "我爸胸口疼喘不上气", "垃圾没人收")
SENDER = """
import os, sys, time
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "tongxin.config.settings"
django.setup()
from tongxin.kit import clock, db
from tongxin.messages import carriers, operations
out = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
carriers.use(lambda parcel: os.write(out, f"{parcel.key}\\n".encode()) and None)
print("ready", flush=True)
with db.acting_as_jobs():
    while True:
        operations.deliver(clock.now(), limit=400)
        time.sleep(0.05)
"""


class Senders:
    """Hotlines that send batches and chat groups that send signed messages, each again until it is acknowledged. Nobody tells
    them when the program dies."""

    def __init__(self, port: int, token: str, secret: str) -> None:
        self.port, self.token, self.secret = port, token, secret
        self.acknowledged, self.accepted, self.wrong = 0, 0, list[Any]()
        self.change, self.left = threading.Condition(), self._parcels()
        self.threads = [threading.Thread(target=self._run) for _ in range(4)]
        for thread in self.threads:
            thread.start()

    def _parcels(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        draw, number = random.Random(11), 0
        while number < COUNT:
            size = min(draw.choice((1, 1, 1, 2, 5, 20)), COUNT - number)
            where = "hooks/demo" if size < 3 else "needs:batch"
            rows = [_need(number + n, draw) for n in range(size)]
            yield where, rows if where != "hooks/demo" else [{**r, "time": r["raised_at"]} for r in rows]
            number += size

    def _run(self) -> None:
        while not self.wrong:
            with self.change:
                parcel = next(self.left, None)
            if parcel is None:
                return
            while not (answer := self._sent(*parcel)) and not self.wrong:
                time.sleep(0.03)
            with self.change:
                self.acknowledged += len(parcel[1])
                self.accepted += answer["accepted"] if answer else 0
                self.change.notify_all()

    def _sent(self, where: str, rows: list[dict[str, Any]]) -> dict[str, Any] | None:
        body = json.dumps(rows).encode()
        stamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json", "Authorization": f"Bearer {self.token}", "X-Tongxin-Timestamp": stamp,
            "X-Tongxin-Signature": rules.signature(self.secret, stamp, body),
        }  # fmt: skip
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("POST", f"/api/v1/{where}", body, headers)
            answer = connection.getresponse()
            status, said = answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        if status == 503:
            return None
        told = json.loads(said)
        if status != 200 or told["rejected"] or told["accepted"] + told["repeated"] != len(rows):
            self.wrong.append((status, said))
        return told

    def wait_for(self, many: int) -> None:
        with self.change:
            assert self.change.wait_for(lambda: self.wrong or self.acknowledged >= many, 250)
        assert self.wrong == []

    def end(self) -> None:
        for thread in self.threads:
            thread.join(250)
        assert self.wrong == []


def _need(number: int, draw: random.Random) -> dict[str, Any]:
    return {
        "id": f"K{number}", "text": f"{draw.choice(TEXTS)}（{number}）", "phone": f"1000000{draw.randrange(PHONES):04}",
        "channel": "hotline", "raised_at": f"2022-11-26 07:{draw.randrange(60):02}:00",
    }  # fmt: skip


@pytest.mark.slow
def test_what_was_acknowledged_exists_once_however_often_the_program_is_killed(city: Any, places: None, tmp_path: Path) -> None:
    city.at(NOW.replace(hour=9))  # nobody's quiet hours
    settle()
    token, secret = add_token("kill", DISTRICT, ["need.write"]), hooks.add("demo", DISTRICT, Because("test"))
    gateway, draw = tmp_path / "gateway", random.Random(5)
    program, sender = Program(city.env), _sender(city.env, gateway)
    try:
        senders = Senders(program.port, token, secret)
        for moment in sorted(draw.sample(range(20, COUNT - 200), KILLS)):
            senders.wait_for(moment)
            time.sleep(draw.uniform(0, 0.05))  # in the middle of whatever is under way
            sender.kill()
            program.kill()
            sender.communicate()
            sender = _sender(city.env, gateway)
            program.start()
            assert sender.stdout and sender.stdout.readline() == b"ready\n"
        senders.end()
    finally:
        program.kill()
        sender.kill()
        sender.communicate()
    assert senders.acknowledged == COUNT and senders.accepted <= COUNT
    check_needs()
    check_messages(gateway)


def _sender(env: dict[str, str], gateway: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", SENDER, str(gateway)], env=env, stdout=subprocess.PIPE)


def check_needs() -> None:
    """Each need once, with one caller, one entry that it was raised, and one task."""
    found = db.rows(
        "SELECT replace(n.source_ref, 'demo:', ''), n.text,"
        " (SELECT count(*) FROM needs_caller c WHERE c.need_id = n.id), (SELECT count(*) FROM needs_needevent e WHERE e.need_id = n.id),"
        " (SELECT count(*) FROM tasks_task t WHERE t.subject_kind = 'need' AND t.subject_id = n.id) FROM needs_need n"
    )
    assert Counter(ref for ref, *_ in found) == Counter(f"K{n}" for n in range(COUNT))
    assert {counts for _, _, *counts_ in found for counts in [tuple(counts_)]} == {(1, 1, 1)}
    assert all(crypto.decrypt(text).endswith(f"（{ref[1:]}）") for ref, text, *_ in found)


def check_messages(gateway: Path) -> None:
    """Every caller was queued to be told that the need came in, once. Nobody was told twice; what was under way when the sender
    died is left to somebody who phones, and everything else goes out."""
    rows = list(Message.objects.filter(template="need.received").values_list("key", "state"))
    assert Counter(int(key.split(":")[1]) for key, _ in rows) == Counter(Need.objects.values_list("pk", flat=True))
    before = carriers.use(lambda parcel: gateway.open("a").write(f"{parcel.key}\n") and None)
    try:
        operations.deliver(NOW.replace(hour=12))
    finally:
        carriers.use(before)
    told = Counter(gateway.read_text().split())
    states = dict(Message.objects.filter(template="need.received").values_list("key", "state"))
    unknown = {key for key, state in states.items() if state == "unknown"}
    assert max(told.values()) == 1 and set(states) - unknown <= set(told) <= set(states)
    assert set(states.values()) <= {"sent", "unknown"} and len(unknown) <= (KILLS + 1) * operations.delivery.AT_ONCE
    assert Task.objects.filter(kind="need.phone").count() == len(unknown)
