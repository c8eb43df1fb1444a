"""The recipe's key `pairs`: which rejected response stands against the chosen one, and within which limits."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Rejected = Literal["worst", "kth", "random"]
REJECTED: dict[Rejected, str] = {
    "worst": "the lowest scored response within the limits",
    "kth": "the response at rank k by score, where it is within the limits",
    "random": "any response within the limits, each as likely",
}
DEFAULT_K = 3  # the rank that kth takes where none is given


class PairSpec(BaseModel):
    """A preference pair: the recipe's response is chosen, a lower scored one is rejected.

    Only instructions that have a pair within all limits can be selected, so that the size is met.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rejected: Rejected = "worst"
    k: Annotated[int, Field(ge=2)] | None = None  # kth: rank by score among the scored responses, 1 is the best
    margin: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0  # least gap, in the recipe's reward model's units
    # how many of the workspace's reward models must score the chosen response strictly higher
    consensus: Literal["all"] | Annotated[int, Field(ge=1)] | None = None
    max_length_ratio: Annotated[float, Field(ge=1, allow_inf_nan=False)] | None = None  # longer / shorter, in words
    max_length_difference: Annotated[int, Field(ge=0)] | None = None  # words

    @model_validator(mode="after")
    def _fits(self) -> "PairSpec":
        if self.k is not None and self.rejected != "kth":
            raise ValueError("k goes with rejected: kth")
        return self
