"""Who in the register is meant by the rows of somebody else's list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from tongxin.kit import crypto, db
from tongxin.ledgers.rules import Candidate


@dataclass(frozen=True)
class Wanted:
    """What a row says of somebody; an identity number tells the birthday too."""

    name: str
    id_number: str = ""
    phone: str = ""
    birth_date: dt.date | None = None

    @property
    def birth(self) -> dt.date | None:
        digits = self.id_number[6:14]
        if self.birth_date or len(self.id_number) != 18 or not digits.isdigit():
            return self.birth_date
        try:
            return dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        except ValueError:
            return None

    @property
    def key(self) -> bytes:
        """The same patient on the next list: by identity number, else by all that the row says."""
        return crypto.lookup_hash(self.id_number or f"{self.name}|{self.phone}|{self.birth_date or ''}") or b""


def candidates(rows: Sequence[Wanted]) -> list[list[Candidate]]:
    """For each row those who may be meant, in one query. The caller acts as the jobs role, or sees its own places only."""
    columns = {
        "numbers": list(range(len(rows))),
        "ids": [crypto.lookup_hash(r.id_number) for r in rows],
        "phones": [crypto.lookup_hash(r.phone) for r in rows],
        "names": [r.name for r in rows],
        "births": [r.birth for r in rows],
    }
    found: list[list[Candidate]] = [[] for _ in rows]
    for n, *rest in db.rows(db.sql("ledgers/candidates"), columns) if rows else ():
        found[n].append(Candidate(*rest))
    return found
