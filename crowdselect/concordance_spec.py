"""The recipe's key `pool.concordance`: the parameters of the metric of that name."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from crowdselect.metrics.concordance import MIN_GAP, SHRINK


class ConcordanceSpec(BaseModel):
    """A gap of two scores under `min_gap` counts for neither model; `shrink` is added to the number of pairs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    min_gap: Annotated[float, Field(ge=0, allow_inf_nan=False)] = MIN_GAP  # in the unit of the scores
    shrink: Annotated[float, Field(ge=0, allow_inf_nan=False)] = SHRINK

    @property
    def words(self) -> str:
        """As they stand wherever the metric is named."""
        return f"gaps from {self.min_gap:g}, +{self.shrink:g}"


CONCORDANCE = ConcordanceSpec()  # the default
