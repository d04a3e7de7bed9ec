"""Files given in on the imports page. Whoever can take in a kind of file registers it here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class BadUpload(Exception):
    """The file cannot be used; the message says why and what to do, in the user's language."""


# ``take(path, file_name, user)``: takes the file in, or hands it to a worker, and returns the id of its import (or
# None when that is not known yet). It may keep the file only until it returns. Raises BadUpload.
Take = Callable[[Path, str, Any], int | None]


@dataclass(frozen=True)
class UploadKind:
    key: str
    label: Any
    take: Take
    hint: Any = ""


_kinds: dict[str, UploadKind] = {}


def register(key: str, label: Any, take: Take, hint: Any = "") -> None:
    """Offer a kind of file on the imports page. ``hint`` names the columns."""
    _kinds[key] = UploadKind(key, label, take, hint)


def kinds() -> list[UploadKind]:
    return list(_kinds.values())


def get(key: str) -> UploadKind | None:
    return _kinds.get(key)
