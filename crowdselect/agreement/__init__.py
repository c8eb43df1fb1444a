"""Do the reward models agree: on the order of an instruction's responses, on a model, on the best response."""

from crowdselect.agreement.report import Agreement, agreement

__all__ = ["Agreement", "agreement"]
