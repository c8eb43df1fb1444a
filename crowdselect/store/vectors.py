"""The embeddings of a build, read only when something asks for them: 100,000 of 384 numbers are 150 MB."""

import numpy as np

from crowdselect.errors import UserError
from crowdselect.store.build import Build

ROWS_AT_ONCE = 10_000
COMPUTED = "computed"  # the origin of the sets that the job `embed` makes


def read_vectors(build: Build, row_of: np.ndarray, n: int, name: str | None) -> np.ndarray:
    """(n, dim) float32, read-only: row row_of[iid] is that instruction's vector, NaN where it has none.

    `name` is EMBEDDER/FIELD, or EMBEDDER where that says enough; None: the computed embedding of the instructions, else
    the only set there is. UserError where that is none or several.
    """
    set_id, dim = _choose(build, name)
    matrix = np.full((n, dim), np.nan, dtype=np.float32)
    for first in range(0, len(row_of), ROWS_AT_ONCE):
        part = build.query(
            "SELECT iid, vector FROM vectors WHERE set_id = ? AND iid >= ? AND iid < ? AND len(vector) = ?",
            [set_id, first, first + ROWS_AT_ONCE, dim],
        )
        with build.whole():
            flat = part["vector"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
            matrix[row_of[part["iid"].to_numpy()]] = flat.reshape(part.num_rows, dim)
    matrix.flags.writeable = False
    return matrix


def _choose(build: Build, name: str | None) -> tuple[int, int]:
    """The id and the dimension of the set that `name` means."""
    sets = build.query("SELECT set_id, embedder, field, dim, origin FROM embedding_sets ORDER BY embedder, field")
    known = {f"{row['embedder']}/{row['field']}": row for row in sets.to_pylist()}
    if not known:
        raise UserError(
            "There are no embeddings in this workspace: run `python -m precompute run embed`, or attach your own with"
            " `python -m precompute attach embeddings FILE.npy --ids FILE.txt --name NAME`."
        )
    if name is None:
        made = [row for row in known.values() if (row["field"], row["origin"]) == ("instruction", COMPUTED)]
        found = made or list(known.values())
    else:
        found = [known[name]] if name in known else [row for row in known.values() if row["embedder"] == name]
    if not found:
        raise UserError(f"Unknown embeddings {name!r}; choose one of {', '.join(known)}.")
    if len(found) > 1:
        raise UserError(f"Several embeddings could be meant; set embeddings to one of {', '.join(known)}.")
    return found[0]["set_id"], found[0]["dim"]
