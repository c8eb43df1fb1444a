"""Direct score: what an LLM judge gives the response (Chen et al., "AlpaGasus")."""

from crowdselect.candidates import Candidates, Direction
from crowdselect.recipe import SelectSpec
from crowdselect.strategies.choice import Choice, by_value
from crowdselect.strategies.signals import tied_signal


def direct_score(candidates: Candidates, spec: SelectSpec, *, direction: Direction = "top") -> Choice:
    """The best (worst) judged. Judges give few different scores, so most ties go by uuid."""
    return by_value(candidates, spec, tied_signal(candidates, "direct_score"), direction)
