"""Why a row is in or out by a constraint: every reason is true of the row and of nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from crowdselect.constraints.row_reason import standing
from crowdselect.reasons.why import Why
from tests.unit.constrained import rich_pool, run


@pytest.mark.parametrize(
    ("said", "row", "reason"),
    [
        ({"pinned": ["u0008"]}, 8, "It is pinned: in, whatever its rank."),
        ({"banned": ["u0000"]}, 0, "It is banned: out, whatever its rank."),
        ({"shares": [{"by": "source", "max": 0.5}]}, 1, "Source 'web' is at its maximum of 1 rows."),
        (
            {"budget": {"max": 30, "of": "instruction"}},
            2,
            "It costs 30 words of the instructions, and 0 of 30 are left.",
        ),
        ({"duplicates": {"by": "minhash"}}, 1, "It is a near-duplicate of u0000."),
        ({"distance": {"min": 0.5}}, 1, "It is 0 from u0000, nearer than 0.5."),
    ],
)  # fmt: skip
def test_each_reason(said: dict, row: int, reason: str) -> None:
    vectors = np.eye(10, dtype=np.float32)
    vectors[1] = vectors[0]
    links = rich_pool(10, 0).duplicates["minhash"]
    pool = replace(
        rich_pool(10, 0),
        scores={"rm": np.tile(np.arange(10.0), (3, 1))},
        sources=np.array(["web"] * 5 + ["book"] * 5, dtype=object),
        instruction_words=np.arange(10, 110, 10).astype(np.int32),
        duplicates={"minhash": replace(links, rows=np.array([[0, 1]]), similarity=np.array([0.9]))},
        vectors=lambda name: vectors,
    )
    selection = run(pool, {"select": {"strategy": "difficulty", "size": 2}, "constraints": said})
    assert reason in [each.sentence for each in Why(selection).of(row)] + [
        each.sentence for each in standing(selection, row)
    ]
    free = run(pool, {"select": {"strategy": "difficulty", "size": 2}})
    assert standing(free, row) == []
