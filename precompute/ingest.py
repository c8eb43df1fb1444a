"""Ingest: every record of some files into the workspace, each file once, going on where a killed run stopped."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from crowdselect import importers
from crowdselect.importers import Source
from crowdselect.importers.remarks import remarks
from crowdselect.store.workspace import Workspace
from precompute.crowd import set_families, show_families
from precompute.database import Database, half_the_memory, one, touch, transaction, utc_now
from precompute.extras import ids_of_responses, unused
from precompute.merge import merge
from precompute.progress import Report, say
from precompute.rejects import rejects_name, write_rejects

HUB = "hf:"
HUB_CACHE = ".cache"  # where the hub's client notes what it has downloaded
LEFT_OUT = 50  # entries of a folder that are named
PIECE = 1 << 22  # bytes hashed at a time


@dataclass
class Ingested:
    """What became of the records that were read: read = kept + rejected."""

    read: int = 0
    kept: int = 0
    rejected: int = 0
    rejects: Path | None = None  # where the last refused record stands
    reason: str = ""  # why the first one was refused

    @property
    def nothing_kept(self) -> bool:
        return self.read > 0 and self.kept == 0


def ingest(
    db: Database,
    workspace: Workspace,
    paths: Sequence[str],
    format: str,
    families: Path | None,
    report: Report,
    chunk_records: int = importers.CHUNK_RECORDS,
) -> Ingested:
    """Merge the files at `paths` (files, folders, hf:OWNER/NAME), then give new models their families.

    About `chunk_records` records are one commit; the result does not depend on their number.
    """
    found: list[Source] = []
    for name in paths:
        path = _downloaded(name, workspace) if name.startswith(HUB) else Path(name).expanduser()
        listed = importers.listing(path, format)
        found += listed.sources
        say_left_out([entry for entry in listed.left_out if entry[0] != HUB_CACHE])
        families = families or importers.families_file(path)
    total = Ingested()
    report.steps(len(found))
    with half_the_memory(db):
        for source in found:
            _ingest_file(db, workspace, source, total, report, chunk_records)
    if len(found) > 1:
        say(f"total: read {total.read:,} = kept {total.kept:,} + rejected {total.rejected:,}")
    if set_families(db, families):
        show_families(db)
    return total


def _ingest_file(
    db: Database, workspace: Workspace, source: Source, total: Ingested, report: Report, chunk_records: int
) -> None:
    identity, positions = _examine(source)
    query = "SELECT file_id, position, finished FROM files WHERE sha256 = ? AND format IS NOT DISTINCT FROM ?"
    known = db.execute(query, [identity, source.format]).fetchall()
    if known and known[0][2]:
        say(f"{source.label}: ingested before, on {known[0][2]:%Y-%m-%d %H:%M} UTC; skipped")
        return
    if known:
        file_id, position, _ = known[0]
        say(f"{source.label}: going on after {position:,}")
    else:
        file_id, position = _new_file(db, source, identity), 0
    with report.step("ingest", source.label, positions, position, "lines") as step:
        for chunk in importers.read(source, position, chunk_records):
            merge(db, file_id, chunk)
            step.at(chunk.position)
            del chunk  # before the next one is read
    pa.default_memory_pool().release_unused()
    _finish_file(db, workspace, source, file_id, total)


def _new_file(db: Database, source: Source, identity: str) -> int:
    file_id = one(db, "SELECT coalesce(max(file_id), -1) + 1 FROM files")
    row = [file_id, source.label, identity, source.format]
    with transaction(db):
        db.execute("INSERT INTO files VALUES (?, ?, ?, ?, 0, 0, 0, 0, NULL)", row)
    return int(file_id)


def _finish_file(db: Database, workspace: Workspace, source: Source, file_id: int, total: Ingested) -> None:
    write_rejects(db, workspace, source.label, source.labels)
    with transaction(db):
        db.execute("UPDATE files SET finished = ? WHERE file_id = ?", [utc_now(), file_id])
        touch(db, "files")
    ((read, kept, rejected),) = db.execute(
        "SELECT read, kept, rejected FROM files WHERE file_id = ?", [file_id]
    ).fetchall()
    total.read += read
    total.kept += kept
    total.rejected += rejected
    line = f"{source.label}: read {read:,} = kept {kept:,} + rejected {rejected:,}"
    if rejected:
        total.rejects = workspace.rejects / rejects_name(source.label)
        first = "SELECT reason FROM rejects WHERE list_contains(?, file) ORDER BY line NULLS FIRST, reason LIMIT 1"
        total.reason = total.reason or one(db, first, [list(source.labels)]) or ""
        line += f" (see {total.rejects})"
    say(line if read else f"{source.label}: holds no records")
    for remark in remarks(unused(db, file_id), ids_of_responses(db, file_id)):
        say(f"{source.label}: {remark}")


def say_left_out(entries: list[tuple[str, str]]) -> None:
    """A line for each of the first entries that are not read, and how many more there are."""
    for name, reason in entries[:LEFT_OUT]:
        say(f"left out: {name} ({reason})")
    if len(entries) > LEFT_OUT:
        say(f"left out: {len(entries) - LEFT_OUT:,} more")


def _examine(source: Source) -> tuple[str, int | None]:
    """The identity of a file (sha256 over it and its parts), and how many positions it has, where that is cheap."""
    digest, newlines = hashlib.sha256(), 0
    for path in (source.path, *source.parts):
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                digest.update(piece)
                newlines += piece.count(b"\n")
    if source.path.suffix == ".parquet" and source.format is not None:
        try:
            return digest.hexdigest(), pq.read_metadata(source.path).num_rows
        except pa.ArrowException:
            return digest.hexdigest(), None  # reading it says what is wrong with it
    return digest.hexdigest(), newlines if source.path.suffix in (".jsonl", ".ndjson", ".csv") else None


def _downloaded(name: str, workspace: Workspace) -> Path:
    """The folder that holds the Parquet files of the hub data set hf:OWNER/NAME."""
    from precompute.hub import download

    repo = name.removeprefix(HUB)
    into = workspace.downloads / repo.replace("/", "--")
    into.mkdir(parents=True, exist_ok=True)
    others = list[str]()
    files = download(repo, into, others)
    say_left_out([(name, "no Parquet file; download it and ingest it by its path") for name in others])
    say(f"{name}: {len(files)} files in {into}")
    return into
