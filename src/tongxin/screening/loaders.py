"""How files of rounds, scans and reports are taken in."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.conf import settings

from tongxin.kit.imports import Outcome
from tongxin.kit.tables import Block, Reject
from tongxin.screening import columns, rules
from tongxin.screening.operations import bulk, bulk_reports, handovers, headers, rounds


class Forgetful:
    """What all loaders of screening do when a dry run was undone."""

    def forget(self) -> None:
        headers.forget()


class ScanLoader(Forgetful):
    kind, columns, keep_together, writers = "scans", columns.SCANS, "tube_barcode", 2

    def __init__(self) -> None:
        self._preparer = bulk.Preparer()

    def prepare(self, block: Block) -> bulk.Prepared:
        return self._preparer.prepare(block)

    def write(self, prepared: bulk.Prepared) -> Outcome:
        written = bulk.write(prepared)
        return Outcome(written.accepted, written.repeated, prepared.rejects)


Readable = tuple[Block, list[int], list[Any], list[Reject]]


def read_rows(block: Block, read: Callable[[Mapping[str, str]], Any]) -> Readable:
    """Read each row of a block; which rows were read, what they are, and the rejects."""
    index, values, rejects = [], [], list(block.rejects)
    for i, row in enumerate(block.frame.iter_rows(named=True)):
        try:
            values.append(read(row))
            index.append(i)
        except rules.Unreadable as reason:
            rejects.append(block.reject(i, str(reason)))
    return block, index, values, rejects


class ReportLoader(Forgetful):
    kind, columns, keep_together, writers = "results", columns.REPORTS, None, 2

    def prepare(self, block: Block) -> bulk_reports.Prepared:
        return bulk_reports.prepare(block)

    def write(self, prepared: bulk_reports.Prepared) -> Outcome:
        written = bulk_reports.write(prepared)
        taken = "this report number is on file with other content; ask the laboratory which one holds"
        conflicts = [prepared.block.reject(row, taken) for row in written.conflicts]
        return Outcome(written.accepted, written.repeated, prepared.rejects + conflicts)


class RoundLoader(Forgetful):
    kind, columns, keep_together, writers = "rounds", columns.ROUNDS, None, 1

    def prepare(self, block: Block) -> Readable:
        return read_rows(block, lambda row: rounds.read(dict(row)))

    def write(self, prepared: Readable) -> Outcome:
        block, index, values, rejects = prepared
        accepted, repeated, refused = rounds.record(values)
        return Outcome(accepted, repeated, rejects + [block.reject(index[i], why) for i, why in refused.items()])


class HandoverLoader(Forgetful):
    kind, columns, keep_together, writers = "handovers", columns.HANDOVERS, None, 1

    def prepare(self, block: Block) -> Readable:
        zone = zoneinfo.ZoneInfo(settings.TIME_ZONE)
        return read_rows(block, lambda row: handovers.read(row, zone))

    def write(self, prepared: Readable) -> Outcome:
        _, _, values, rejects = prepared
        return Outcome(*handovers.record(values), rejects)


LOADERS: Sequence[Any] = (RoundLoader, ScanLoader, ReportLoader, HandoverLoader)
