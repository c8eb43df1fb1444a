"""The recipe's key `constraints`: what a selection has to keep to, as people write it."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

MOST_NAMED = 10_000  # pinned or banned rows
MOST_SHARES = 100

By = Literal["source", "tag", "language", "model", "cluster"]
Unit = Literal["words", "tokens"]
Of = Literal["pair", "instruction", "response"]
Alike = Literal["minhash", "embedding"]
Fill = Literal["size", "best"]
Part = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=1_000)]
Uuids = Annotated[tuple[Name, ...], Field(max_length=MOST_NAMED)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Budget(_Part):
    """At most `max` words or tokens over the whole selection; a pair is the instruction with its chosen response.

    `fill: size` meets the size, so that cheap rows come in for dear ones. With `fill: best` the size is an upper limit:
    a row that does not fit into what is left is passed over, and the next one tried.
    """

    max: Annotated[int, Field(ge=1, le=2**53 - 1)]
    unit: Unit = "words"
    of: Of = "pair"
    fill: Fill = "size"


class Share(_Part):
    """The least and the most of the selection that one value of a field may make up; no `value`: every value."""

    by: By
    clustering: Name | None = None  # by: cluster; None: the only one there is
    value: Name | None = None
    min: Part | None = None
    max: Part | None = None

    @field_validator("value", mode="before")
    @classmethod
    def _label(cls, value: Any) -> Any:
        """A cluster's number may stand without quotes."""
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @model_validator(mode="after")
    def _says_something(self) -> "Share":
        if self.min is None and self.max is None:
            raise ValueError("give min, max or both, each from 0 to 1")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min:g} is above max {self.max:g}")
        if self.clustering is not None and self.by != "cluster":
            raise ValueError("clustering goes with by: cluster")
        return self


class Distance(_Part):
    """The least cosine distance (1 - cosine) between any two selected rows, in the set of embeddings named."""

    min: Annotated[float, Field(gt=0, le=2, allow_inf_nan=False)]
    embeddings: Name | None = None  # EMBEDDER/FIELD; None: the computed one of the instructions


class Duplicates(_Part):
    """Of rows that the job `duplicates` links at `threshold` or more, the best is kept; None: at the job's own."""

    by: Alike = "minhash"
    threshold: Part | None = None


class Constraints(_Part):
    """All of them hold at once. Pinned rows are in, banned ones are out; the other rows follow the strategy's order."""

    pinned: Uuids = ()
    banned: Uuids = ()
    budget: Budget | None = None
    shares: Annotated[tuple[Share, ...], Field(max_length=MOST_SHARES)] = ()
    distance: Distance | None = None
    duplicates: Duplicates | None = None

    @field_validator("pinned", "banned", "shares", mode="after")
    @classmethod
    def _each_once(cls, value: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(dict.fromkeys(value))

    @model_validator(mode="after")
    def _not_both(self) -> "Constraints":
        both = sorted(set(self.pinned) & set(self.banned))
        if both:
            raise ValueError(f"row {both[0]!r} is pinned and banned; choose one")
        return self

    def __bool__(self) -> bool:
        return self != Constraints()

    @property
    def may_be_short(self) -> bool:
        """Whether the size is an upper limit, and fewer rows are no failure."""
        return self.budget is not None and self.budget.fill == "best"
