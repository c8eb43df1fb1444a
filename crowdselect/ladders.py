"""Family ladders: the score of one instruction's answers against the size of the models that gave them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crowdselect.candidates import families_of
from crowdselect.metrics.stability import stability
from crowdselect.pool import Pool
from crowdselect.recipe import PoolSpec
from crowdselect.selection import crowd_scores


@dataclass(frozen=True)
class Ladder:
    """One family, smallest model first; models without a score are left out."""

    family: str
    models: Sequence[str]
    sizes: Sequence[float]  # billions of parameters
    scores: Sequence[float]
    rho: float  # Spearman's, between size and score; NaN where it has no value


def ladders_of(pool: Pool, spec: PoolSpec, row: int) -> list[Ladder]:
    """The families of two or more known sizes at pool row `row`, by name; one without two scores is left out."""
    scores, _ = crowd_scores(pool, spec.reward_model)
    here = scores[:, row : row + 1]
    found = []
    for members in families_of(pool.models):
        places = members[:, 0].astype(int)
        there = ~np.isnan(here[places, 0])
        if there.sum() < 2:
            continue
        rho = float(stability(here, [members], spec.ties)[0])
        places, sizes = places[there], members[there, 1]
        found.append(
            Ladder(
                pool.models[int(places[0])].family or "",
                [pool.models[int(place)].name for place in places],
                sizes.tolist(),
                here[places, 0].tolist(),
                rho,
            )
        )
    return found
