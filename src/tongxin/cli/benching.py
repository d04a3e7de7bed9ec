"""``tongxin bench``: measure, in a database of its own."""

from __future__ import annotations


def bench() -> None:
    raise NotImplementedError
