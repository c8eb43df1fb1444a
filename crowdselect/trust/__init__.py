"""How far to trust a selection: resamples, leave-one-out, the core that stays."""

from crowdselect.trust.robustness import Robustness, robustness

__all__ = ["Robustness", "robustness"]
