"""Commands in processes of their own, forked from one that has imported all they need: a start costs nothing."""

import multiprocessing
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import duckdb

from crowdselect.store import Workspace, open_build
from precompute.cli import main
from precompute.command import run_main, writing
from precompute.database import touch, transaction
from precompute.ingest import ingest
from precompute.publish import publish
from precompute.session import writer

TABLES = {
    "instructions": "SELECT uuid, instruction, source, extra, n_words, line FROM instructions",
    "models": "SELECT model, family, params_b, origin FROM models",
    "responses": "SELECT * FROM responses",
    "scores": "SELECT * FROM scores",
    "metrics": "SELECT * FROM metrics",
    "embeddings": "SELECT * FROM embeddings",
    "clusters": "SELECT * FROM clusters",
    "cluster_names": "SELECT * FROM cluster_names",
    "projections": "SELECT * FROM projections",
    "tags": "SELECT * FROM tags",
    "rejects": "SELECT * FROM rejects",
    "jobs": "SELECT job, output, params, version, rows, finished IS NOT NULL FROM jobs",
    "files": "SELECT path, sha256, format, position, read, kept, rejected, finished IS NOT NULL FROM files",
    "digests": "SELECT name, digest FROM digests",
}


def preload() -> None:
    """What the fork server imports once. No model is loaded: PyTorch's pools of threads do not survive a fork."""
    import openai  # noqa: F401
    import openTSNE  # noqa: F401
    import sklearn.cluster  # noqa: F401
    import tenacity  # noqa: F401
    import torch  # noqa: F401
    from openai.resources.chat import completions  # noqa: F401
    from transformers.models.auto.modeling_auto import AutoModel  # noqa: F401
    from transformers.models.auto.tokenization_auto import AutoTokenizer  # noqa: F401
    from transformers.models.bert import modeling_bert  # noqa: F401
    from transformers.models.llama import modeling_llama  # noqa: F401


def command(arguments: list[str], output: str = os.devnull, file_limit: int | None = None) -> None:
    """`python -m precompute ARGUMENTS`, its words written to `output`; files may grow to `file_limit` bytes."""
    _quiet(output)
    if file_limit is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, resource.RLIM_INFINITY))
    sys.exit(main(arguments))


def ingest_in_small_chunks(arguments: list[str], output: str = os.devnull) -> None:
    """`ingest FILE --workspace DIR` with many commits."""
    _quiet(output)
    file, workspace = arguments

    def work(args: list[str] | None, standalone_mode: bool) -> int:
        with writing(Path(workspace), "ingest", no_publish=False) as session:
            ingest(session.db, session.workspace, [file], "auto", None, session.report, chunk_records=60)
        return 0

    sys.exit(run_main(work))


def nothing() -> None:
    """Starts and ends."""


def _quiet(output: str) -> None:
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)


_CONTEXT = multiprocessing.get_context("forkserver")


def start(target: Callable[..., None], *arguments: Any) -> BaseProcess:
    """A process that runs `target`."""
    process = _CONTEXT.Process(target=target, args=arguments)
    process.start()
    return process


def finish(target: Callable[..., None], *arguments: Any) -> float:
    """Runs `target` to its end, which must be a good one; the seconds it took."""
    began = time.monotonic()
    process = start(target, *arguments)
    process.join(120)
    assert process.exitcode == 0, f"exit code {process.exitcode}"
    return time.monotonic() - began


def dump(workspace: Workspace) -> dict[str, list[tuple]]:
    """The public tables of the newest build, ordered; and what stands in rejects/."""
    build = open_build(workspace)
    path, warning = build.path, build.warning
    build.close()
    assert warning is None
    with duckdb.connect(path, read_only=True) as db:
        tables = {name: db.execute(f"{query} ORDER BY ALL").fetchall() for name, query in TABLES.items()}
    files = sorted((file.name, file.read_text()) for file in workspace.rejects.iterdir())
    leftovers = sorted(str(file) for file in workspace.path.rglob("*.tmp"))
    return tables | {"rejects files": files, "leftovers": leftovers}


def publish_for_ever(path: str) -> None:
    """A writer that changes the pool and publishes, over and over, until it is killed."""
    workspace = Workspace(Path(path))
    while True:
        with writer(workspace) as db:
            with transaction(db):
                db.execute("UPDATE instructions SET n_words = n_words + 1")
                touch(db, "instructions")
            publish(db, workspace)
