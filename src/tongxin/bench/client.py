"""Stations as clients on loopback: ``python -m tongxin.bench.client PORT TOKEN SECONDS STATIONS RATE FIRST``.

Each station is one connection that sends batches of fifty scans, one after another; RATE is the sum of scans a second
that all together aim at (0: as fast as the answers come). FIRST is the first person's number. Prints what came of it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field

from tongxin.bench.shape import COMMUNITY_SIZE, DISTRICT, PER_TUBE, ROUND

BATCH = 50
ID_NUMBER = "990101198001010014"


def community(person: int) -> int:
    order = person // COMMUNITY_SIZE
    return DISTRICT * 1_000_000 + 1000 * (1 + order // 900) + 1 + order % 900


def batch(first: int) -> bytes:
    """Fifty scans of the people from ``first`` on, into tubes of five."""
    site = f"S{community(first)}"
    head = (
        f'"round":"{ROUND}","purpose":"screening","tube_kind":"pool","capacity":"5","site":"{site}",'
        f'"station":"{site}-1","id_number":"{ID_NUMBER}","scanned_at":"2022-11-25 08:30:00"'
    )
    rows = (
        f'{{{head},"scan_id":"s{n}","tube_barcode":"T221125{n // PER_TUBE:09d}","person_no":"P{n:09d}"}}'
        for n in range(first, first + BATCH)
    )
    return f"[{','.join(rows)}]".encode()


@dataclass
class Tally:
    scans: int = 0
    errors: int = 0
    seconds: list[float] = field(default_factory=list)


async def station(port: int, head: bytes, people: range, until: float, pause: float, tally: Tally) -> None:
    """Send batches until the time is over or everybody is scanned."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for first in people:
        started = time.perf_counter()
        if started >= until:
            break
        body = batch(first)
        writer.write(head + b"%d\r\n\r\n" % len(body) + body)
        answer = await read_answer(reader)
        took = time.perf_counter() - started
        tally.seconds.append(took)
        if answer == f'{{"accepted":{BATCH},"repeated":0,"rejected":[]}}'.encode():
            tally.scans += BATCH
        else:
            tally.errors += 1
            print(answer[:300].decode(), file=sys.stderr)
        if pause > took:
            await asyncio.sleep(pause - took)
    writer.close()


async def read_answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(h[15:]) for h in head.lower().split(b"\r\n") if h.startswith(b"content-length:"))
    return await reader.readexactly(length)


def request_head(port: int, token: str, path: str) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Authorization: Bearer {token}",
        "Content-Type: application/json", "Content-Length: ",
    ]  # fmt: skip
    return "\r\n".join(lines).encode()


async def main(port: int, token: str, seconds: float, stations: int, rate: float, first: int) -> None:
    head, tally, each = request_head(port, token, "/api/v1/scans:batch"), Tally(), COMMUNITY_SIZE
    pause = stations * BATCH / rate if rate else 0.0
    started = time.perf_counter()
    await asyncio.gather(
        *(
            station(port, head, range(first + n * each, first + (n + 1) * each, BATCH), started + seconds, pause, tally)
            for n in range(stations)
        )
    )
    took, order = time.perf_counter() - started, sorted(tally.seconds)
    figures = {
        "scans_per_s": round(tally.scans / took), "errors": tally.errors, "scans": tally.scans,
        "p50_s": round(order[len(order) // 2], 4), "p99_s": round(order[int(len(order) * 0.99)], 4),
        "max_s": round(order[-1], 4),
    }  # fmt: skip
    print(json.dumps(figures))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], *(float(a) for a in sys.argv[3:4]), *map(int, sys.argv[4:])))
