"""Fixtures of the outbox's tests: a gateway in the carrier's place, and whoever is told of failures."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from tests.outbox_town import Gateway

from tongxin.messages import carriers, operations
from tongxin.messages.operations import failures


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    one = Gateway()
    before = carriers.use(one)
    yield one
    carriers.use(before)


@pytest.fixture
def told() -> Iterator[list[failures.Failure]]:
    """Of which messages somebody is told that they failed."""
    heard: list[failures.Failure] = []

    def hear(failed: Any, now: dt.datetime) -> None:
        heard.extend(failed)

    operations.on_failure(hear)
    yield heard
    failures.forget(hear)
