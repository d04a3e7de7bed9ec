"""One way out for messages to people's phones. A city names its carrier; until then each message is a file, as in the demo."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from tongxin.kit import clock


@dataclass(frozen=True)
class Message:
    """``to`` is a phone number."""

    to: str
    text: str


Carrier = Callable[[Message], None]


def folder() -> Path:
    return Path(settings.HOME) / "messages"


def into_file(message: Message) -> None:
    """Write the message where only the account of the program can read it."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{clock.now():%Y%m%dT%H%M%S}-{secrets.token_hex(4)}.txt"
    handle = os.open(folder() / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(f"{message.to}\n\n{message.text}\n")


_carrier: Carrier = into_file


def use(carrier: Carrier) -> None:
    """Let ``carrier(message)`` carry messages from now on. It hands over and returns at once; what fails is its own affair."""
    global _carrier
    _carrier = carrier


def is_file() -> bool:
    """Whether messages are files still: there is nobody yet to carry them."""
    return _carrier is into_file


def send(message: Message) -> None:
    _carrier(message)
