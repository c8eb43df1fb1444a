"""A recipe: all that makes a selection, as YAML that people write, share and replay."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from crowdselect.bounds import refuse_huge
from crowdselect.concordance_spec import CONCORDANCE, ConcordanceSpec
from crowdselect.constraints.spec import Constraints
from crowdselect.core_spec import CoreSpec
from crowdselect.errors import UserError
from crowdselect.export.pairs_spec import PairSpec
from crowdselect.metrics.stability import Ties
from crowdselect.normalize import NORMALIZERS
from crowdselect.quotas import QUOTAS
from crowdselect.recipe_yaml import Place, load, no_text, of_texts
from crowdselect.responses import RESPONSES

ENSEMBLE = "ensemble"  # the mean over reward models of each one's z-scores
MAX_BYTES = 1_000_000
MAX_SEED = 2**63 - 1

Missing = Literal["complete", "available"]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]
Polygon = Annotated[tuple[tuple[Finite, Finite], ...], Field(min_length=3, max_length=500)]
Polygons = Annotated[tuple[Polygon, ...], Field(min_length=1, max_length=20)]


def _text(value: Any) -> Any:
    """A text, or a whole number that stands for it."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise PydanticCustomError("string_type", "Input should be a valid string")
    return value


Text = Annotated[str | int, BeforeValidator(_text)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Filter(_Part):
    """One condition on every candidate: {field: n_words, min: 5, max: 800} or {field: tag, in: [coding]}."""

    field: str
    min: Finite | None = None
    max: Finite | None = None
    any_of: tuple[Text, ...] | None = Field(default=None, alias="in")
    none_of: tuple[Text, ...] | None = Field(default=None, alias="not_in")
    contains: Annotated[str, Field(min_length=1, max_length=500)] | None = None  # field text: all of these words
    # Polygons; the field is the projection that they were drawn on, such as tsne. Inside any of them; outside all.
    inside: Polygons | None = None
    outside: Polygons | None = None

    @field_validator("inside", "outside", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        """A lone polygon may be written without the list around it."""
        alone = isinstance(value, list | tuple) and value and isinstance(value[0], list | tuple) and value[0]
        return [value] if alone and not isinstance(value[0][0], list | tuple) else value

    @model_validator(mode="after")
    def _says_something(self) -> "Filter":
        parts = (self.min, self.max, self.any_of, self.none_of, self.contains, self.inside, self.outside)
        if all(part is None for part in parts):
            raise ValueError("give min, max, in, not_in, contains, inside or outside")
        if (self.contains is not None) != (self.field == "text"):
            raise ValueError("contains goes with field: text, and only with that")
        return self


class PoolSpec(_Part):
    """Which scores are looked at, and which instructions may be chosen."""

    reward_model: str | None = None  # None: the only one there is
    missing: Missing = "complete"
    min_scores: Annotated[int, Field(ge=1)] = 1  # missing: available: rows with fewer are left out
    ties: Ties = "average"
    concordance: ConcordanceSpec = CONCORDANCE
    where: tuple[Filter, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> "PoolSpec":
        if self.min_scores > 1 and self.missing == "complete":
            raise ValueError("min_scores goes with missing: available; complete asks for every score")
        return self


class ClusterSpec(_Part):
    """A clustering that the selection is spread over, and how."""

    name: str
    quota: str = "equal"

    @model_validator(mode="after")
    def _known(self) -> "ClusterSpec":
        _choose("quota", self.quota, QUOTAS)
        return self


class SelectSpec(BaseModel):
    """How many, by which strategy. A strategy's own parameters stand beside it (see `parameters`)."""

    model_config = ConfigDict(extra="allow", frozen=True)

    strategy: str = "weighted"
    size: Annotated[int, Field(ge=1)] = 1000
    weights: dict[str, Finite] = Field(
        default_factory=lambda: {"difficulty": 1.0, "separability": 1.0, "stability": 1.5}
    )
    normalize: str = "quantile"
    clusters: ClusterSpec | None = None
    seed: Seed = 42
    # sizes of larger selections by this same recipe that this one must lie in, for series in which each holds the last
    within: tuple[Annotated[int, Field(ge=1)], ...] | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """The strategy's own parameters, as written."""
        return dict(self.__pydantic_extra__ or {})

    @model_validator(mode="after")
    def _known(self) -> "SelectSpec":
        from crowdselect.strategies import STRATEGIES, check_parameters

        _choose("strategy", self.strategy, STRATEGIES)
        _choose("normalize", self.normalize, NORMALIZERS)
        check_parameters(self.strategy, self.parameters)
        if self.within is not None and any(larger <= self.size for larger in self.within):
            raise ValueError(f"within lists sizes above the size of {self.size:,}")
        return self


class ResponseSpec(_Part):
    """Which response goes with a selected instruction."""

    choose: str = "best"
    k: Annotated[int, Field(ge=1)] | None = None  # top_k_random: 5 where it is not given
    name: str | None = None  # model

    @model_validator(mode="after")
    def _fits(self) -> "ResponseSpec":
        _choose("choose", self.choose, RESPONSES)
        if self.k is not None and self.choose != "top_k_random":
            raise ValueError("k goes with choose: top_k_random")
        if (self.name is not None) != (self.choose == "model"):
            raise ValueError("name (a model's) goes with choose: model, and only with that")
        return self


class ExportSpec(_Part):
    """The layout of the exported file."""

    format: str = "records"

    @model_validator(mode="after")
    def _known(self) -> "ExportSpec":
        from crowdselect.export import EXPORTERS

        _choose("format", self.format, EXPORTERS)
        return self


class Recipe(_Part):
    """All that makes a selection. The same recipe on the same build gives the same bytes."""

    name: Annotated[str, Field(min_length=1, max_length=200)] = "selection"
    # the beginning of the digest of the data that it was made on, so that other data are noticed
    data: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    pool: PoolSpec = Field(default_factory=PoolSpec)
    select: SelectSpec = Field(default_factory=SelectSpec)
    constraints: Constraints | None = None
    core: CoreSpec | None = None
    response: ResponseSpec = Field(default_factory=ResponseSpec)
    pairs: PairSpec | None = None
    export: ExportSpec = Field(default_factory=ExportSpec)

    @property
    def pairing(self) -> PairSpec | None:
        """The limits of its preference pairs: its own, else the defaults where its format is one of pairs."""
        from crowdselect.export import EXPORTERS

        return self.pairs or (PairSpec() if EXPORTERS[self.export.format].paired else None)

    def document(self) -> dict[str, Any]:
        """Plain values, every default spelled out: what a manifest records."""
        spelled_out = self.model_copy(update={"pairs": self.pairing})
        return spelled_out.model_dump(mode="json", by_alias=True, exclude_none=True)

    @property
    def key(self) -> str:
        """Equal for equal recipes, and quickly made: what a cache goes by."""
        return self.model_dump_json(by_alias=True)

    def to_yaml(self) -> str:
        return yaml.safe_dump(self.document(), sort_keys=False, allow_unicode=True)

    @classmethod
    def parse(cls, document: object, written: Mapping[Place, str] | None = None) -> "Recipe":
        """A recipe from plain values; UserError names the first key that is wrong and what would be right.

        `written` is what `recipe_yaml.load` says of the values that are no texts.
        """
        if not isinstance(document, dict):
            raise UserError(f"A recipe is a mapping such as `select: {{size: 1000}}`, not {type(document).__name__}.")
        try:
            refuse_huge(document)
            return cls.model_validate(document)
        except ValidationError as error:
            raise UserError(f"Recipe: {_first(error, written or {})}") from None
        except ValueError as error:
            raise UserError(f"Recipe: {error}.") from None

    @classmethod
    def from_yaml(cls, text: str) -> "Recipe":
        if len(text) > MAX_BYTES:
            raise UserError(f"The recipe has {len(text):,} characters; a recipe has at most {MAX_BYTES:,}.")
        try:
            document, written = load(text)
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            reason = " ".join(str(error).split())[:200]
            raise UserError(f"The recipe is not YAML: {reason}") from None
        return cls.parse({} if document is None else document, written)

    @classmethod
    def read(cls, path: Path) -> "Recipe":
        try:
            return cls.from_yaml(path.read_text(encoding="utf-8-sig"))
        except OSError as error:
            raise UserError(f"Cannot read the recipe {path}: {error.strerror}.") from None
        except UnicodeDecodeError:
            raise UserError(f"The recipe {path} is not UTF-8 text.") from None
        except UserError as error:
            raise UserError(f"{path.name}: {error}") from None


def _choose(what: str, value: str, choices: dict[str, Any]) -> None:
    if value not in choices:
        raise ValueError(f"unknown {what} {value!r}; choose one of {', '.join(choices)}")


def _first(error: ValidationError, written: Mapping[Place, str]) -> str:
    """The first problem as one line: where, what, and what is allowed."""
    problem = error.errors(include_url=False)[0]
    where = ".".join(str(step) for step in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"unknown key {where!r}; remove it, or see the README for the keys there are."
    if problem["type"] == "string_type" and not isinstance(problem["input"], list | dict | BaseModel):
        return no_text(problem["loc"], problem["input"], of_texts(written, problem["loc"]))
    message = problem["msg"].removeprefix("Value error, ")
    given = "" if isinstance(problem["input"], dict | BaseModel) else f" (not {problem['input']!r:.80})"
    return f"{where + ': ' if where else ''}{message}{given}."
