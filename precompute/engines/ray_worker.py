"""What the Ray engine runs on the nodes: the tickets, and the workers that make of each ticket's batch its table."""

import traceback
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from crowdselect.errors import UserError
from precompute.engines.ray_places import places_of
from precompute.models.threads import use_at_most

ROW = pa.schema(
    [("turn", pa.int64()), ("made", pa.large_binary()), *[(name, pa.string()) for name in ("kind", "said", "trace")]]
)
KINDS: dict[str, type[Exception]] = {"UserError": UserError, "MemoryError": MemoryError, "OSError": OSError}
TRIES = 4  # workers that may die with one batch
KEPT = "What is committed stays; run the same command again to go on."
DEADLY = (
    f"{TRIES} Ray workers died with the same batch; give the workers more memory, or make the job's batch_size smaller;"
    f" else see Ray's logs in /tmp/ray/session_latest/logs. {KEPT}"
)


def tickets(_: Any, mailbox: Any = None) -> Iterator[Any]:
    """The turns, each when its batch is there. They are all that is read again when a node is lost."""
    import ray

    turn = 0
    while ray.get(mailbox.comes.remote(turn)):
        yield pa.table({"turn": [turn]})
        turn += 1


class Worker:
    """One process that runs batches and keeps the models it has loaded, on its share of its node's threads."""

    def __init__(self, mailbox: Any, gpu: bool) -> None:
        import ray

        self.ray, self.mailbox, here = ray, mailbox, ray.get_runtime_context()
        places = places_of(ray.nodes(), gpu)
        use_at_most(next((place.threads for place in places if place.node == here.get_node_id()), 1))
        mailbox.hello.remote(here.current_actor)

    def __call__(self, ticket: pa.Table) -> pa.Table:
        """What the job makes of the batch of one turn: a row of `row`."""
        turn = ticket["turn"][0].as_py()
        tries, refs = self.ray.get(self.mailbox.take.remote(turn))
        if refs is None:
            return row(turn)
        if tries > TRIES:
            return row(turn, error=UserError(DEADLY))
        batch, (job, output, params) = self.ray.get(list(refs))
        try:
            return row(turn, job.run(batch, output, params))
        except Exception as error:  # comes in its turn, so that what was made before it is committed
            return row(turn, error=error)


def row(turn: int, made: pa.Table | None = None, error: Exception | None = None) -> pa.Table:
    """What came of a turn, as one row whatever its table is like; neither table nor error: nobody wants it now."""
    sink, kind, trace = pa.BufferOutputStream(), None, None
    if made is not None:
        with pa.ipc.new_stream(sink, made.schema) as stream:
            stream.write_table(made)
    if error is not None:
        kind = next((name for name, known in KINDS.items() if isinstance(error, known)), type(error).__name__)
        trace = "".join(traceback.format_exception(error))
    values = [turn], [sink.getvalue().to_pybytes()], [kind], [error and str(error)], [trace]
    return pa.table([pa.array(value, field.type) for value, field in zip(values, ROW, strict=True)], schema=ROW)


def opened(rows: pa.Table) -> Iterator[tuple[int, pa.Table | Exception]]:
    """Turn and what was made, of rows of `row`."""
    for turn, made, kind, said, trace in zip(*(rows[name] for name in ROW.names), strict=True):
        if kind.is_valid:
            known = KINDS.get(kind.as_py())
            error = known(said.as_py()) if known else RuntimeError(f"{kind}: {said}")
            error.add_note(trace.as_py())
            yield turn.as_py(), error
        elif made.as_buffer().size:
            yield turn.as_py(), pa.ipc.open_stream(made.as_buffer()).read_all()
