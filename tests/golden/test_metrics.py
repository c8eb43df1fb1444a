"""The metrics equal what the published algorithm gives on the real pool."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from crowdselect.pool import Pool
from crowdselect.recipe import PoolSpec, ResponseSpec
from crowdselect.selection import gather

REFERENCE = {
    ("difficulty", "average"): "difficulty",
    ("separability", "average"): "separability",
    ("stability", "average"): "stability_tie_aware",
    ("stability", "original"): "stability_original",
    ("reward", "average"): "max_score",
    ("reward_min", "average"): "min_score",
    ("length_instruction", "average"): "words_instruction",
}


@pytest.mark.parametrize(("metric", "ties"), REFERENCE)
def test_metric_equals_reference(real_pool: Pool, alpacaeval: Path, metric: str, ties: str) -> None:
    reference = pq.read_table(alpacaeval / "reference" / "metrics.parquet").sort_by("uuid")
    candidates = gather(real_pool, PoolSpec(ties=ties), ResponseSpec(), seed=0)
    assert len(candidates) == 802
    assert real_pool.uuids[candidates.rows].tolist() == reference["uuid"].to_pylist()
    np.testing.assert_allclose(
        candidates.metric(metric), reference[REFERENCE[metric, ties]].to_numpy(), rtol=0, atol=1e-9
    )
