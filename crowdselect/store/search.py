"""Which instructions hold a text, or mean something like one."""

import numpy as np

from crowdselect.errors import UserError
from crowdselect.store.build import Build

MOST_WORDS = 20


def with_text(build: Build, text: str) -> np.ndarray:
    """The keys (`Pool.keys`) of the instructions that hold every white-space word of `text`, whatever the case."""
    words = text.split()
    if len(words) > MOST_WORDS:
        raise UserError(f"A search takes at most {MOST_WORDS} words, not {len(words)}; leave some out.")
    held = " AND ".join(["contains(text, lower(?))"] * len(words)) or "true"
    found = build.query(
        f"""
        SELECT iid FROM (SELECT iid, lower(instruction) AS text FROM instructions) WHERE {held}
        """,  # noqa: S608  only how many words there are is written into it
        words,
    )
    return found["iid"].to_numpy()


def near_vector(build: Build, embedder: str, field: str, vector: np.ndarray, most: int) -> list[tuple[str, float]]:
    """The `most` instructions whose embedding is nearest to `vector` (d,), best first, with the cosine similarity."""
    found = build.query(
        """
        SELECT uuid, similarity FROM (
            SELECT iid, list_cosine_similarity(v.vector, ?::FLOAT[]) AS similarity
            FROM vectors v JOIN embedding_sets e USING (set_id)
            WHERE e.embedder = ? AND e.field = ?
        ) JOIN instructions USING (iid)
        ORDER BY similarity DESC, uuid LIMIT ?
        """,
        [vector.astype(np.float32).tolist(), embedder, field, most],
    )
    return list(zip(found["uuid"].to_pylist(), found["similarity"].to_pylist(), strict=True))


def near_row(build: Build, embedder: str, field: str, uuid: str, most: int) -> list[tuple[str, float]]:
    """The `most` other instructions that mean most nearly what this one does, with the cosine similarity."""
    own = build.query(
        """SELECT vector FROM vectors JOIN embedding_sets USING (set_id) JOIN instructions USING (iid)
           WHERE uuid = ? AND embedder = ? AND field = ?""",
        [uuid, embedder, field],
    )
    if own.num_rows == 0:
        return []
    vector = np.asarray(own["vector"][0].as_py(), dtype=np.float32)
    return [found for found in near_vector(build, embedder, field, vector, most + 1) if found[0] != uuid][:most]
