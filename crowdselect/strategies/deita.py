"""DEITA: by score, without rows that resemble one taken before (Liu et al., hkust-nlp/deita)."""

from typing import Annotated

import numpy as np
from pydantic import Field

from crowdselect.candidates import Candidates
from crowdselect.quotas import QUOTAS
from crowdselect.recipe import SelectSpec
from crowdselect.strategies.choice import Choice, by_value
from crowdselect.strategies.embedded import vectors_of
from crowdselect.strategies.parameters import Embeddings, Metric
from crowdselect.strategies.similar import Wanted, too_similar


def deita(
    candidates: Candidates,
    spec: SelectSpec,
    *,
    score: Metric = "reward",
    threshold: Annotated[float, Field(ge=-1, le=1)] = 0.9,
    embeddings: Embeddings = "",
) -> Choice:
    """The highest `score` (any metric) among rows whose cosine similarity to every row taken before is at most
    `threshold`: a lower one removes more. A row without the score or an embedding is left out, and so may be more than
    the size allows: the selection is then smaller. `embeddings` is EMBEDDER/FIELD where there are several.

    It is the choice of the published code with its `batch_size` of 1, which compares each row with the taken ones only;
    ties, which that leaves to pandas' unstable sort, go by uuid."""
    vectors = vectors_of(candidates, embeddings)
    values = candidates.tied(score).copy()
    values[np.isnan(vectors[candidates.rows, 0])] = np.nan
    order = np.argsort(-values, kind="stable")[: np.count_nonzero(~np.isnan(values))]
    fallen = too_similar(vectors, candidates.rows[order], threshold, _wanted(candidates, spec, order))
    values[order[fallen]] = np.nan
    return by_value(candidates, spec, values, "top")


def _wanted(candidates: Candidates, spec: SelectSpec, order: np.ndarray) -> Wanted:
    """How many rows, and how many of each cluster, have to be taken before the walk may end."""
    if spec.clusters is None:
        return Wanted(spec.size, np.zeros(len(order), dtype=np.int64), np.zeros(1, dtype=np.int64))
    rows, _, members = candidates.groups(spec.clusters.name)
    group_of = np.full(len(candidates), len(members))  # rows without a cluster stand in one that gives nothing
    group_of[rows] = np.repeat(np.arange(len(members)), members)
    quotas = QUOTAS[spec.clusters.quota](spec.size, members)
    return Wanted(spec.size, group_of[order], np.append(quotas, 0))
