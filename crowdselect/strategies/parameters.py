"""Types of parameters that strategies share. What stands beside the type tells a form which choices there are."""

from typing import Annotated

from pydantic import Field

WEIGHTED = "weighted"  # as a score: the recipe's weighted sum
A_METRIC, A_SCORE, AN_EMBEDDING = "metric", "score", "embedding"

Metric = Annotated[str, A_METRIC]  # a metric's name
Score = Annotated[str, A_SCORE]  # a metric's name, or WEIGHTED
Embeddings = Annotated[str, AN_EMBEDDING]  # EMBEDDER/FIELD; "" for the computed one, or the only one there is
Share = Annotated[float, Field(ge=0, le=1)]
