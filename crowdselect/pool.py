"""A pool: everything known of the instructions, as aligned arrays in uuid order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from crowdselect.errors import UserError
from crowdselect.ties import rounded
from crowdselect.zscores import z_scores


@dataclass(frozen=True)
class Model:
    """One of the crowd. A model without a family or a size takes no part in stability."""

    name: str
    family: str | None = None
    params_b: float | None = None  # billions of parameters
    origin: str | None = None  # where family and size come from: csv | shipped | guessed


@dataclass(frozen=True)
class Clustering:
    """A label a row: `codes` (n,) int32, -1 where a row has none; `names` says what a code is called, where known."""

    codes: np.ndarray
    names: Mapping[int, str] = field(default_factory=dict)

    @cached_property
    def labels(self) -> np.ndarray:
        """The codes in use, ascending, without -1."""
        present = np.unique(self.codes)
        return present[present >= 0]


@dataclass(frozen=True)
class Links:
    """Pairs of near-duplicates: `rows` (k, 2) int and their similarity (k,), every pair's of at least `threshold`.

    Pairs that follow from stronger ones are left out: at any threshold from this one on, the links of at least that
    similarity join the same rows as all pairs would.
    """

    rows: np.ndarray
    similarity: np.ndarray
    threshold: float


@dataclass(frozen=True)
class Pool:
    """Row i of every array is the same instruction; rows ascend by uuid, so a stable sort breaks ties by uuid.

    Models ascend by name, so an argmax gives the first by name. Arrays are read-only and shared between sessions.
    """

    uuids: np.ndarray  # (n,) str objects
    models: tuple[Model, ...]  # m models
    scores: Mapping[str, np.ndarray]  # reward model -> (m, n) float64, NaN where there is none
    instruction_words: np.ndarray  # (n,) int32
    response_words: np.ndarray  # (m, n) int32, -1 where there is no response
    sources: np.ndarray  # (n,) str objects, "" where there is none
    signals: Mapping[str, np.ndarray] = field(default_factory=dict)  # name -> (n,) float64, NaN where there is none
    # what was measured of answers: name -> (m, n) float64, NaN where it was not; no name is in `signals`, too
    response_signals: Mapping[str, np.ndarray] = field(default_factory=dict)
    clusterings: Mapping[str, Clustering] = field(default_factory=dict)
    projections: Mapping[str, np.ndarray] = field(
        default_factory=dict
    )  # name -> (n, 2) float32, NaN where there is none
    tags: Mapping[str, np.ndarray] = field(default_factory=dict)  # tag -> ascending row numbers
    # tag -> where it stands among the tags of each of those rows, from 0; no tag at all where the order is not known
    tag_places: Mapping[str, np.ndarray] = field(default_factory=dict)
    duplicates: Mapping[str, Links] = field(default_factory=dict)  # minhash, embedding
    synthetic: bool = False
    embeddings: tuple[str, ...] = ()  # EMBEDDER/FIELD of each set of vectors
    # the name of an embedding (None: the one there is) -> (n, dim) float32, NaN rows where there is none
    vectors: Callable[[str | None], np.ndarray] | None = None
    keys: np.ndarray | None = None  # (n,) int32, the store's own numbers of the rows, by which texts are found at once
    # of these rows, which of the models' responses have the same words as which others': names of models, (k,) bool
    same_words: Callable[[np.ndarray, Sequence[str], Sequence[str]], np.ndarray] | None = None
    find: Callable[[str], np.ndarray] | None = None  # the rows of the instructions that hold a text's words

    def __len__(self) -> int:
        return len(self.uuids)

    def keys_of(self, rows: Sequence[int] | np.ndarray) -> list[int]:
        """The store's numbers of these rows. UserError where the pool was not read from a store."""
        if self.keys is None:
            raise UserError("This pool was not read from a build, so it has no texts; open a workspace.")
        keys: list[int] = self.keys[rows].tolist()
        return keys

    @cached_property
    def signal_names(self) -> list[str]:
        """All signals, of instructions and of answers, by name."""
        return sorted([*self.signals, *self.response_signals])

    @cached_property
    def ensemble(self) -> np.ndarray:
        """(m, n) the mean over reward models of their z-scores (`zscores`); NaN where one has no score."""
        total = rounded(np.mean(z_scores(self.scores), axis=0))
        total.flags.writeable = False
        return total

    @cached_property
    def choosable_words(self) -> np.ndarray:
        """(m, n) int32: `response_words`, but -1 also where the response is blank: there is nothing to learn from."""
        blank = self.response_words == 0
        if not blank.any():
            return self.response_words
        words = np.where(blank, np.int32(-1), self.response_words)
        words.flags.writeable = False
        return words

    @cached_property
    def crowds(self) -> dict[str, np.ndarray]:
        """Reward model -> the rows of the models that it has scored at all, as they are asked for."""
        return {}

    @cached_property
    def row_of(self) -> dict[str, int]:
        """uuid -> row."""
        return {uuid: row for row, uuid in enumerate(self.uuids)}

    @cached_property
    def source_codes(self) -> tuple[list[str], np.ndarray]:
        """The sources by name, and (n,) int64 the place in them of each row's, -1 where it has none."""
        names = sorted({str(source) for source in self.sources} - {""})
        places = {name: place for place, name in enumerate(names)}
        return names, np.fromiter((places.get(str(source), -1) for source in self.sources), np.int64, len(self))
