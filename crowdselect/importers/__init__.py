"""Reading pools that others made: five formats, one registry, nothing lost without a reason."""

from collections.abc import Iterator

from crowdselect.errors import UserError
from crowdselect.importers.detect import Listing, families_file, listing, reason_of, sources
from crowdselect.importers.registry import IMPORTERS
from crowdselect.importers.source import Importer, Source
from crowdselect.importers.zoo_parquet import refusal
from crowdselect.records import Chunk

__all__ = ["IMPORTERS", "Importer", "Listing", "Source", "families_file", "listing", "read", "sources"]

CHUNK_RECORDS = 20_000  # about 1,000 instructions of 19 models: 0.5 GB at the peak, and no slower than more


def read(source: Source, start: int = 0, chunk_records: int = CHUNK_RECORDS) -> Iterator[Chunk]:
    """The file's records from position `start` on, in chunks of about `chunk_records`; their size changes nothing else.

    A file that cannot be read as a whole gives one reject whose line is None.
    """
    try:
        if source.format is not None:
            yield from IMPORTERS[source.format].read(source, start, chunk_records)
        elif not start:
            yield refusal(source.label, None, reason_of(source.path), 1)
    except OSError as error:
        raise UserError(f"Cannot read {str(source.path)!r}: {error.strerror or error}.") from None
