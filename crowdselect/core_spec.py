"""The recipe's key `core`: of what it selects, only the rows that most resampled crowds select too."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Source = Literal["models", "families", "reward-models", "weights"]
MOST_RESAMPLES = 10_000


class CoreSpec(BaseModel):
    """What is drawn anew how often (see `trust.draws.SOURCES`), and the share of the draws that a row must be in.

    The recipe's size is that of the selection that the core is taken from.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    over: Annotated[tuple[Source, ...], Field(min_length=1)] = ("models",)
    resamples: Annotated[int, Field(ge=1, le=MOST_RESAMPLES)] = 200
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 42
    jitter: Annotated[float, Field(ge=0, le=1)] = 0.1  # of the weights, where they are drawn
    share: Annotated[float, Field(gt=0, le=1)] = 0.9
