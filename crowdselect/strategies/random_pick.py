"""Random: the baseline that every other strategy must beat."""

from crowdselect.candidates import Candidates
from crowdselect.recipe import SelectSpec
from crowdselect.strategies.choice import Choice, by_value
from crowdselect.streams import ROWS, stream


def random_pick(candidates: Candidates, spec: SelectSpec) -> Choice:
    """A uniform draw by the recipe's seed. A draw of 1,000 holds the draw of 100 by the same seed."""
    # one number an instruction of the whole pool, so that a filter removes rows and moves no other
    draws = stream(ROWS, spec.seed).random(len(candidates.pool))[candidates.rows]
    return Choice(by_value(candidates, spec, draws, "top").positions, draws, None)
