"""How far to trust a selection: resamples, leave-one-out, the core that stays."""

from crowdselect.trust.core import core_of
from crowdselect.trust.movers import Mover, leave_one_out
from crowdselect.trust.robustness import Robustness, robustness

__all__ = ["Mover", "Robustness", "core_of", "leave_one_out", "robustness"]
