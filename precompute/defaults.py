"""Which jobs a plain `run` brings up to date in this workspace."""

from crowdselect.errors import UserError
from precompute.database import Database, one
from precompute.jobs import DEFAULT
from precompute.jobs.embedding_sets import COMPUTED
from precompute.progress import say


def default_jobs(db: Database) -> list[str]:
    """The default jobs, without `embed` where only attached embeddings are in use."""
    if not one(db, "SELECT count(*) FROM instructions"):
        raise UserError("The workspace holds no instructions: first `python -m precompute ingest PATH`, or `demo`.")
    origins = {origin for (origin,) in db.execute("SELECT DISTINCT origin FROM embedding_sets").fetchall()}
    if origins and COMPUTED not in origins:
        say("embed: skipped, for embeddings were attached; `run embed` computes others")
        return [name for name in DEFAULT if name != "embed"]
    return list(DEFAULT)
