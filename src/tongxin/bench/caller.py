"""Hotlines and chat groups as clients on loopback:
``python -m tongxin.bench.caller PORT TOKEN SECRET FIRST COUNT RATE PEOPLE SEED``.

Half of the needs come in batches of a hotline, half in signed messages of chat groups, one to three in each. RATE is how many
needs a second all together aim at (0: as fast as the answers come). Prints what came of it.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from tongxin.bench.client import read_answer
from tongxin.needs import rules

BATCHES = (20, 50, 100)
HOTLINES, CHATS = 3, 8
TEXTS = (
    "家里没有菜了，米也快见底了，麻烦安排",
    "降压药只剩两天的量，腿脚不好下不了楼",
    "暖气不热，屋里只有十二度，老人受不了",
    "请问明天几点做核酸",
    "快递在门口三天了，里面是药",
    "我爸胸口疼，喘不上气",
    "楼道垃圾三天没人收，有异味",
    "明天早上透析，去区医院，要车",
    "孩子的奶粉没了，两段的",
    "马桶堵了，物业没人接电话",
    "凭什么封我们楼，我们没有阳性",
    "群里传要全区静默，是真的吗",
    "一个人在家心里闷得慌，想找人聊聊",
    "白菜九块一斤，没人管吗",
)
HOOK = "bench"


@dataclass
class Tally:
    rate: int
    accepted: int = 0
    errors: int = 0
    seconds: list[float] = field(default_factory=list)
    first_error: str = ""


def phone(person: int) -> str:
    return f"100{person:08d}"


def need(number: int, people: int, draw: random.Random) -> dict[str, Any]:
    """One need: mostly with a number that the register has."""
    person = draw.randrange(people) if draw.random() < 0.9 else people + number
    return {"id": f"B{number:07d}", "text": f"{draw.choice(TEXTS)}，{number}", "phone": phone(person), "name": "来电人"}


async def hotline(port: int, token: str, numbers: Iterator[int], people: int, draw: random.Random, tally: Tally) -> None:
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    head = f"POST /api/v1/needs:batch HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
    while rows := _some(numbers, draw.choice(BATCHES), people, draw):
        body = orjson.dumps([{**row, "raised_at": when, "channel": "hotline"} for row in rows])
        await _post(port, head, body, len(rows), tally)


async def chat(port: int, secret: str, numbers: Iterator[int], people: int, draw: random.Random, tally: Tally) -> None:
    while rows := _some(numbers, draw.choice((1, 1, 1, 2, 3)), people, draw):
        body, stamp = orjson.dumps({"messages": rows}), str(int(time.time()))
        signed = f"X-Tongxin-Timestamp: {stamp}\r\nX-Tongxin-Signature: {rules.signature(secret, stamp, body)}\r\n"
        await _post(port, f"POST /api/v1/hooks/{HOOK} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{signed}", body, len(rows), tally)


def _some(numbers: Iterator[int], many: int, people: int, draw: random.Random) -> list[dict[str, Any]]:
    return [need(number, people, draw) for number in itertools.islice(numbers, many)]


async def _post(port: int, head: str, body: bytes, many: int, tally: Tally) -> None:
    started = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head += f"Connection: close\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    answer = await read_answer(reader)
    writer.close()
    tally.seconds.append(time.perf_counter() - started)
    if answer == f'{{"accepted":{many},"repeated":0,"rejected":[]}}'.encode():
        tally.accepted += many
    else:
        tally.errors += 1
        tally.first_error = tally.first_error or answer[:300].decode()
    if tally.rate:
        await asyncio.sleep(max(0.0, many * (HOTLINES + CHATS) / tally.rate - tally.seconds[-1]))


async def main(port: int, token: str, secret: str, first: int, count: int, rate: int, people: int, seed: int) -> None:
    tally, half = Tally(rate), first + count // 2
    by_phone, by_chat = iter(range(first, half)), iter(range(half, first + count))
    started = time.perf_counter()
    await asyncio.gather(
        *(hotline(port, token, by_phone, people, random.Random(seed + n), tally) for n in range(HOTLINES)),
        *(chat(port, secret, by_chat, people, random.Random(seed - n - 1), tally) for n in range(CHATS)),
    )
    took, order = time.perf_counter() - started, sorted(tally.seconds)
    figures = {
        "accepted": tally.accepted, "seconds": round(took, 2), "errors": tally.errors, "first_error": tally.first_error,
        "p99_answer_s": round(order[int(len(order) * 0.99)], 4),
    }  # fmt: skip
    print(json.dumps(figures))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), *sys.argv[2:4], *map(int, sys.argv[4:])))
