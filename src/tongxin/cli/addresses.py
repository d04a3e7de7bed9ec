"""``tongxin parse-addresses``: free addresses in, what they say out. Starts without Django: filters start fast."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Iterator
from typing import Annotated, BinaryIO

import orjson
import typer

from tongxin.places import addresses


def parse_addresses(
    street: Annotated[str, typer.Option(help="the street or township that all lines stand under")] = "",
) -> None:
    """Read Chinese addresses from standard input, a line each (UTF-8); write one JSON object a line."""
    out = sys.stdout.buffer
    rejected = 0
    try:
        for number, line in _lines(sys.stdin.buffer):
            try:
                text = line.decode("utf-8")
            except UnicodeDecodeError as error:
                out.flush()
                print(f"tongxin: line {number} is not UTF-8 (byte {error.start + 1})", file=sys.stderr)
                rejected += 1
                continue
            out.write(orjson.dumps(addresses.parse(text, street).as_json(), option=orjson.OPT_APPEND_NEWLINE))
        out.flush()
    except BrokenPipeError:
        # Whoever read has enough; what is left in the buffer has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise typer.Exit(1 if rejected else 0)


def _lines(source: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The lines with their numbers from 1, without their ends; a byte order mark before the first goes."""
    for number, line in enumerate(source, start=1):
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        yield number, line.rstrip(b"\r\n")
