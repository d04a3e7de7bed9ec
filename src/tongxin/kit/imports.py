"""Taking in a file: chunk by chunk, each in one transaction with the note that it is in; a killed import goes on behind
its last chunk, and the same file twice at the same time takes turns.

A loader says which columns it reads and how a block is prepared (in the caller's thread) and written (in a writer's
transaction). Reading, preparing and writing overlap; two writers share the work where the order of blocks is free.
"""

from __future__ import annotations

import hashlib
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from django.db import connections

from tongxin.kit import clock, db
from tongxin.kit.models import Import, ImportChunk, ImportReject
from tongxin.kit.tables import BadTable, Block, Column, Position, Reject, read_table

BLOCK_BYTES = 6_000_000


class Loader(Protocol):
    """How one kind of file is taken in.

    One that reads its file itself (a sheet of any shape) has a method ``blocks(path)`` besides.
    """

    kind: str
    columns: Sequence[Column]
    keep_together: str | None
    writers: int

    def prepare(self, block: Block) -> Any:
        """Read a block; one block after another, in one thread."""

    def write(self, prepared: Any) -> Outcome:
        """Write what was prepared, in the transaction that is open."""

    def forget(self) -> None:
        """What was written was undone: nothing that was learnt from it holds."""


@dataclass
class Outcome:
    """What became of the rows of a block."""

    accepted: int
    repeated: int
    rejects: list[Reject] = field(default_factory=list)


@dataclass
class Summary:
    """What an import did. ``rejects`` holds the first of the rejected rows; all of them are on file."""

    kind: str
    file: str
    accepted: int = 0
    repeated: int = 0
    rejected: int = 0
    resumed: bool = False
    run: int = 0
    rejects: list[Reject] = field(default_factory=list)
    headings: Sequence[str] = ()

    def as_dict(self) -> dict[str, Any]:
        rows = [{"line": r.line, "reason": r.reason} for r in self.rejects]
        return {
            "kind": self.kind, "file": self.file, "accepted": self.accepted, "repeated": self.repeated,
            "rejected": self.rejected, "resumed": self.resumed, "import": self.run, "rejects": rows,
        }  # fmt: skip


class DryRun(Exception):
    """Ends a transaction whose work was only to be tried."""


def take_in(
    loader: Loader, path: Path, actor: str, *, name: str = "", place_id: int | None = None, dry_run: bool = False,
    block_bytes: int = BLOCK_BYTES, progress: Callable[[int, int], None] | None = None,
) -> Summary:  # fmt: skip
    """Take in one file. ``progress(done, total)`` is told bytes. Raises BadTable when the file cannot be used."""
    size, name = path.stat().st_size, name or path.name
    with _one_at_a_time(loader.kind, name, size):
        run, done = _begin(loader, path, name, size, actor, block_bytes, dry_run, place_id)
        summary = Summary(loader.kind, str(path), resumed=bool(done), run=0 if dry_run else run.pk)
        pipeline = _Pipeline(loader, run, progress, size)
        try:
            pipeline.try_out(path) if dry_run else pipeline.go(path, done)
        except BadTable as error:
            if not dry_run:
                Import.objects.filter(pk=run.pk).update(error=str(error), finished_at=clock.now())
            raise
        summary.headings = pipeline.headings
        if dry_run:
            _total(summary, pipeline.dry)
        else:
            _finish(run, summary)
        return summary


def _one_at_a_time(kind: str, name: str, size: int) -> Any:
    return _Lock(hashlib.sha256(f"{kind} {name} {size}".encode()).digest()[:8])


class _Lock:
    """A lock of the database, held by a connection of its own thread until the block ends."""

    def __init__(self, key: bytes) -> None:
        self.key = int.from_bytes(key, "big", signed=True)

    def __enter__(self) -> None:
        db.execute("SELECT pg_advisory_lock(%s)", [self.key])

    def __exit__(self, *_: object) -> None:
        connection = db.connection()
        if connection.connection and not connection.connection.closed:
            db.execute("SELECT pg_advisory_unlock(%s)", [self.key])


def _begin(
    loader: Loader, path: Path, name: str, size: int, actor: str, block_bytes: int, dry_run: bool, place_id: int | None
) -> tuple[Import, dict[int, ImportChunk]]:
    if not dry_run:
        unfinished = (
            Import.objects.filter(kind=loader.kind, file_name=name, file_size=size, finished_at=None)
            .order_by("-pk")
            .first()
        )
        if unfinished:
            chunks = {c.ordinal: c for c in ImportChunk.objects.filter(run=unfinished)}
            if _same_file(path, chunks):
                return unfinished, chunks
            Import.objects.filter(pk=unfinished.pk).update(error="another file came", finished_at=clock.now())
    run = Import(
        kind=loader.kind, file_name=name, file_size=size, block_bytes=block_bytes, started_at=clock.now(),
        actor=actor, place_id=place_id,
    )  # fmt: skip
    if not dry_run:
        run.save(force_insert=True)
    return run, {}


def _same_file(path: Path, chunks: dict[int, ImportChunk]) -> bool:
    """Whether the file begins with the bytes of the chunks that are in."""
    whole = hashlib.sha256()
    marks = iter(sorted((c.end, c.digest) for c in chunks.values()))
    mark = next(marks, None)
    with open(path, "rb") as file:
        while mark:
            while file.tell() < mark[0] and (piece := file.read(min(1 << 20, mark[0] - file.tell()))):
                whole.update(piece)
            if whole.hexdigest() != mark[1]:
                return False
            mark = next(marks, None)
    return True


class _Pipeline:
    """Reading, preparing and writing overlap: one reader, the caller's thread to prepare, one or two writers. The first
    error of any of them ends all."""

    def __init__(
        self, loader: Loader, run: Import, progress: Callable[[int, int], None] | None, size: int
    ) -> None:
        self.loader, self.run, self.progress, self.size = loader, run, progress, size
        self.read: queue.Queue[Block | None] = queue.Queue(maxsize=1)
        self.todo: queue.Queue[tuple[Position, Any] | None] = queue.Queue(maxsize=1)
        self.error: BaseException | None = None
        self.alias = db.alias()
        self.headings: Sequence[str] = ()
        self.dry: list[Outcome] = []

    def try_out(self, path: Path) -> None:
        """Do all of it in one transaction that is then undone."""
        try:
            with db.transaction_block():
                for block in self._blocks(path, {}):
                    self.headings = block.headings
                    self.dry.append(self.loader.write(self.loader.prepare(block)))
                    if self.progress:
                        self.progress(block.end, self.size)
                raise DryRun
        except DryRun:
            self.loader.forget()

    def go(self, path: Path, done: dict[int, ImportChunk]) -> None:
        writers = [threading.Thread(target=self._guarded, args=(self._writer,)) for _ in range(self.loader.writers)]
        reader = threading.Thread(target=self._guarded, args=(self._reader, path, done))
        for thread in (reader, *writers):
            thread.start()
        try:
            while (block := self.read.get()) and not self.error:
                self.headings = block.headings
                self._put(self.todo, (block.position, self.loader.prepare(block)))
        except BaseException as error:
            self.error = self.error or error
        finally:
            for _ in writers:
                self._put(self.todo, None)
            for thread in (reader, *writers):
                thread.join()
        if self.error:
            raise self.error

    def _guarded(self, work: Callable[..., None], *args: Any) -> None:
        """Run a thread's work; what it raises ends the whole import."""
        with db.acting_as(self.alias):
            try:
                work(*args)
            except BaseException as error:
                self.error = self.error or error
            finally:
                connections[self.alias].close()

    def _reader(self, path: Path, done: dict[int, ImportChunk]) -> None:
        try:
            for block in self._blocks(path, done):
                if self.error:
                    break
                self._put(self.read, block)
        finally:
            self._end_of_reading()

    def _end_of_reading(self) -> None:
        while True:  # also when the caller's thread has stopped taking blocks
            try:
                return self.read.put(None, timeout=0.5)
            except queue.Full:
                if self.error:
                    self.read.get()

    def _writer(self) -> None:
        while (item := self.todo.get()) and not self.error:
            self._write(*item)

    def _blocks(self, path: Path, done: dict[int, ImportChunk]) -> Iterator[Block]:
        """The blocks that are not in yet. Those before the first gap are skipped without being parsed."""
        start = None
        while (start.ordinal if start else 0) + 1 in done:
            chunk = done[(start.ordinal if start else 0) + 1]
            start = Position(chunk.ordinal, chunk.end, chunk.line, chunk.digest)
        if own := getattr(self.loader, "blocks", None):
            return (b for b in own(path) if b.ordinal not in done)
        blocks = read_table(
            path, self.loader.columns, keep_together=self.loader.keep_together, block_bytes=self.run.block_bytes,
            start=start,
        )  # fmt: skip
        return (b for b in blocks if b.ordinal not in done)

    def _put(self, to: queue.Queue[Any], item: Any) -> None:
        while True:
            try:
                return to.put(item, timeout=0.5)
            except queue.Full:
                if self.error:
                    return None

    def _write(self, position: Position, prepared: Any) -> None:
        def attempt() -> Outcome:
            with db.transaction_block():
                outcome = self.loader.write(prepared)
                _note(self.run, position, outcome)
                return outcome

        db.retrying(attempt)
        if self.progress:
            self.progress(position.end, self.size)


def _note(run: Import, at: Position, outcome: Outcome) -> None:
    ImportChunk(
        run=run, ordinal=at.ordinal, end=at.end, line=at.line, digest=at.digest, accepted=outcome.accepted,
        repeated=outcome.repeated, rejected=len(outcome.rejects),
    ).save(force_insert=True)  # fmt: skip
    ImportReject.objects.bulk_create(
        (ImportReject(run=run, line=r.line, reason=r.reason, raw=r.raw) for r in outcome.rejects), batch_size=1000
    )


def _finish(run: Import, summary: Summary) -> None:
    db.execute(
        "UPDATE kit_import i SET finished_at = %s, accepted = c.accepted, repeated = c.repeated, rejected = c.rejected"
        "  FROM (SELECT coalesce(sum(accepted), 0) AS accepted, coalesce(sum(repeated), 0) AS repeated,"
        "               coalesce(sum(rejected), 0) AS rejected FROM kit_importchunk WHERE run_id = %s) c"
        " WHERE i.id = %s",
        [clock.now(), run.pk, run.pk],
    )
    stored = Import.objects.get(pk=run.pk)
    summary.accepted, summary.repeated, summary.rejected = stored.accepted, stored.repeated, stored.rejected
    summary.rejects = [Reject(r.line, r.reason, r.raw) for r in rejects_of(run.pk)[:100]]


def rejects_of(run: int) -> Any:
    """The rejected rows of an import in the order of the file."""
    return ImportReject.objects.filter(run_id=run).order_by("line", "pk")


def _total(summary: Summary, outcomes: Sequence[Outcome]) -> None:
    summary.accepted = sum(o.accepted for o in outcomes)
    summary.repeated = sum(o.repeated for o in outcomes)
    rejects = sorted((r for o in outcomes for r in o.rejects), key=lambda r: r.line)
    summary.rejected, summary.rejects = len(rejects), rejects[:100]
