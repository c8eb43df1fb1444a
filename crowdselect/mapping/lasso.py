"""A shape that someone drew on a map, and the rows it holds."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from crowdselect.errors import UserError
from crowdselect.mapping.colouring import ColourBy, colouring
from crowdselect.mapping.polygon import inside
from crowdselect.pool import Pool

Mode = Literal["replace", "add", "remove"]


@dataclass(frozen=True)
class Lasso:
    """A polygon in a projection's coordinates. What the legend had hidden when it was drawn is not inside it."""

    projection: str
    polygon: tuple[tuple[float, float], ...]
    mode: Mode = "replace"  # what its rows do to those chosen before: Shift adds, Alt removes
    colour: ColourBy | None = None
    hidden: frozenset[int] = frozenset()  # codes of `colour`'s scale that were hidden


def rows_inside(pool: Pool, lasso: Lasso) -> np.ndarray:
    """(n,) bool over the pool's rows. A row without a place is in no shape."""
    if lasso.projection not in pool.projections:
        raise UserError(
            f"Unknown map {lasso.projection!r}; this workspace has {', '.join(pool.projections) or 'none'}."
        )
    found = inside(pool.projections[lasso.projection], np.array(lasso.polygon, dtype=np.float64).reshape(-1, 2))
    if lasso.colour is not None and lasso.hidden:
        found &= ~np.isin(colouring(pool, lasso.colour).codes, list(lasso.hidden))
    return found
