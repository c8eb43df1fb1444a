"""Family ladders: the score of one instruction's answers against the size of the models that gave them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crowdselect.candidates import families_of
from crowdselect.metrics.concordance import is_none
from crowdselect.metrics.stability import stability
from crowdselect.pool import Pool
from crowdselect.recipe import PoolSpec
from crowdselect.selection import crowd_scores

NEARLY = 0.01  # of the spread of the row's scores over all models: what lies closer is drawn as a flat line


@dataclass(frozen=True)
class Ladder:
    """One family, smallest model first; models without a score are left out."""

    family: str
    models: Sequence[str]
    sizes: Sequence[float]  # billions of parameters
    scores: Sequence[float]
    rho: float  # Spearman's, between size and score; NaN where it has no value
    flat: bool = False  # its scores lie closer than what concordance counts, or than NEARLY of the row's spread

    @property
    def mark(self) -> str:
        """What makes its ρ say little: `flat`, `of two`, or nothing."""
        return "flat" if self.flat else "of two" if len(self.models) == 2 else ""


def ladders_of(pool: Pool, spec: PoolSpec, row: int) -> list[Ladder]:
    """The families of two or more known sizes at pool row `row`, by name; one without two scores is left out."""
    scores, _ = crowd_scores(pool, spec.reward_model)
    here = scores[:, row : row + 1]
    found, spread = list[Ladder](), float(np.nanmax(here) - np.nanmin(here)) if not np.isnan(here).all() else 0.0
    for members in families_of(pool.models):
        places = members[:, 0].astype(int)
        there = ~np.isnan(here[places, 0])
        if there.sum() < 2:
            continue
        rho = float(stability(here, [members], spec.ties)[0])
        places, sizes = places[there], members[there, 1]
        low, high = here[places, 0].min(), here[places, 0].max()
        found.append(
            Ladder(
                pool.models[int(places[0])].family or "",
                [pool.models[int(place)].name for place in places],
                sizes.tolist(),
                here[places, 0].tolist(),
                rho,
                is_none(high - low, max(abs(low), abs(high)), spec.concordance.min_gap) or high - low < NEARLY * spread,
            )
        )
    return found
