"""Candidates under many crowds: the same scores, with models left out or repeated, at the price of what changes."""

from functools import cached_property

import numpy as np

from crowdselect import streams
from crowdselect.candidates import Candidates
from crowdselect.filters import matching
from crowdselect.methods import Methods
from crowdselect.metrics import ALL_METRICS, METRICS, SCORE_METRICS
from crowdselect.metrics.blocks import COLUMNS
from crowdselect.metrics.disagreement import DISAGREEMENT, disagreement
from crowdselect.pool import Pool
from crowdselect.recipe import Recipe
from crowdselect.responses import RESPONSES, named_model, words_to_choose_from
from crowdselect.streams import stream
from crowdselect.trust.again import copied, drawn_pool
from crowdselect.trust.draws import Draw, units
from crowdselect.trust.patterns import Patterns, stability_from


class Judged:
    """One judge's scores of a pool, ready to be looked at through any crowd.

    Gives the candidates that `selection.gather` would give on a pool made for the purpose (`again.drawn_pool`).
    """

    def __init__(
        self, pool: Pool, recipe: Recipe, scores: np.ndarray, crowd: np.ndarray, patterned: bool, methods: Methods
    ) -> None:
        """`scores` (models of the pool, n), NaN where there is none; `crowd` holds the rows of models to draw from;
        `patterned` says whether many crowds will look, which pays for `patterns`."""
        self.pool = pool
        self.recipe = recipe
        self.scores = scores
        self.crowd = crowd
        self.patterned = patterned
        self.methods = methods
        self.there: np.ndarray = ~np.isnan(scores)
        self.scored: np.ndarray = self.there.any(axis=1)  # (models,)
        self.words: np.ndarray = words_to_choose_from(pool, methods)
        self.answered: np.ndarray = self.words >= 0
        every = self.there[self.scored].all(axis=0) & self.answered.all(axis=0)
        self.sometimes: np.ndarray = np.flatnonzero(~every)  # pool rows that some crowds leave out
        self.looked_at = False  # whether anything that the crowd decides was asked for
        self.groups: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}

    def candidates(self, draw: Draw) -> Candidates:
        """Those of the recipe's pool under the draw's crowd, after the recipe's filters."""
        found: Candidates = Drawn(self, draw)
        for condition in self.recipe.pool.where:
            found = found.where(matching(found, condition))
        return found

    @cached_property
    def patterns(self) -> dict[str, Patterns]:
        """Family -> how each row orders its models."""
        models = self.pool.models
        sized = [row for row in np.flatnonzero(self.scored) if models[row].family and models[row].params_b is not None]
        return {
            name: Patterns(self.scores[rows]) for name, rows in units(models, np.array(sized, dtype=np.int64)).items()
        }

    def answering(self, draw: Draw) -> np.ndarray:
        """The models whose answers may be chosen, ascending: those drawn, and those that nobody scored."""
        if draw.models is None:
            return np.arange(len(self.pool.models))
        return np.sort(np.concatenate([draw.models, np.setdiff1d(np.arange(len(self.pool.models)), self.crowd)]))

    def rows(self, draw: Draw, members: np.ndarray) -> np.ndarray:
        """Pool rows with the scores that the recipe asks for and a response to export, ascending."""
        n, spec = len(self.pool), self.recipe.pool
        asked = self.sometimes if len(members) >= spec.min_scores else np.arange(n)
        if not len(asked):
            return np.arange(n)
        there = self.there[np.ix_(members, asked)]
        keep = there.all(axis=0) if spec.missing == "complete" else there.sum(axis=0) >= spec.min_scores
        if self.recipe.response.choose == "model":
            keep &= self.answered[self._named, asked]
        else:
            keep &= self.answered[np.ix_(np.unique(self.answering(draw)), asked)].any(axis=0)
        out = np.ones(n, dtype=bool)
        out[asked] = keep
        return np.flatnonzero(out)

    def chosen(self, draw: Draw) -> np.ndarray:
        """(n,) the pool's model row of each instruction's response, -1 for none; a named model's stays its own."""
        response = self.recipe.response
        if response.choose == "model":
            return named_model(self.scores, self.words, self._stream(), model=self._named)
        models = self.answering(draw)
        more = {} if response.k is None else {"k": response.k}
        scores, words = self.scores[models], self.words[models]
        place = RESPONSES[response.choose](scores, words, self._stream(), **more)
        return np.where(place >= 0, models[place], -1).astype(np.int32)

    def _stream(self) -> np.random.Generator:
        return stream(streams.RESPONSES, self.recipe.select.seed, self.methods)

    @cached_property
    def _named(self) -> int:
        return [model.name for model in self.pool.models].index(self.recipe.response.name or "")


class Drawn(Candidates):
    """Candidates whose scores, metrics and responses are those of a drawn crowd, worked out when asked for."""

    def __init__(self, judged: Judged, draw: Draw, rows: np.ndarray | None = None) -> None:
        pool = judged.pool
        drawn = np.arange(len(pool.models)) if draw.models is None else draw.models
        scored = judged.scored[drawn]
        copies = np.zeros(len(drawn), dtype=np.int64) if draw.copies is None else draw.copies
        self.judged = judged
        self.draw = draw
        self.members: np.ndarray = drawn[scored]  # (k,) pool rows of the scored models, with repeats
        models = (copied(pool.models[row], int(copy)) for row, copy in zip(self.members, copies[scored], strict=True))
        rows = judged.rows(draw, self.members) if rows is None else rows
        nothing = np.empty(0)
        spec = judged.recipe.pool
        super().__init__(pool, rows, tuple(models), nothing, nothing, spec.ties, judged.methods, spec.concordance)
        del self.scores, self.chosen  # those below stand in for them
        if len(rows) == len(pool):
            self._groups = judged.groups

    @cached_property
    def scores(self) -> np.ndarray:  # type: ignore[override]
        self.judged.looked_at = True
        return self._columns(0, len(self))

    @cached_property
    def chosen(self) -> np.ndarray:  # type: ignore[override]
        self.judged.looked_at |= self.judged.recipe.response.choose != "model"
        return self.judged.chosen(self.draw)[self.rows]

    def metric(self, name: str) -> np.ndarray:
        attached = name in self.pool.signals and name not in METRICS
        if name not in self._metrics and not attached and (name in SCORE_METRICS or name == DISAGREEMENT):
            self.judged.looked_at = True
            values = self._metric(name)
            values.flags.writeable = False
            self._metrics[name] = values
        return super().metric(name)

    def where(self, keep: np.ndarray) -> Candidates:
        if keep.all():
            return self
        cut = Drawn(self.judged, self.draw, self.rows[keep])
        cut._metrics = {name: values[keep] for name, values in self._metrics.items()}
        cut._uncut = self._uncut or self
        return cut

    def _metric(self, name: str) -> np.ndarray:
        if name == DISAGREEMENT:
            return disagreement(drawn_pool(self.pool, self.judged.recipe, self.draw))[self.rows]
        if name == "stability" and self.judged.patterned:
            return self._stability()
        values = np.empty(len(self))
        for start in range(0, len(self), COLUMNS):
            rows = self.rows[start : start + COLUMNS]
            scores = self._columns(start, start + COLUMNS)
            block = Candidates(self.pool, rows, self.models, scores, rows, self.ties, self.methods, self.concordance)
            values[start : start + COLUMNS] = ALL_METRICS[name].compute(block)
        return values

    def _columns(self, start: int, stop: int) -> np.ndarray:
        if len(self) == len(self.pool):
            return self.judged.scores[:, start:stop][self.members]
        return self.judged.scores[self.members[:, None], self.rows[start:stop]]

    def _stability(self) -> np.ndarray:
        families, patterns = [], []
        for family in self.families:
            rows = self.members[family[:, 0].astype(np.int64)]
            families.append(np.column_stack([rows, family[:, 1:]]))
            patterns.append(self.judged.patterns[self.pool.models[rows[0]].family or ""])
        return stability_from(self.judged.scores, families, patterns, self.rows, self.ties)
