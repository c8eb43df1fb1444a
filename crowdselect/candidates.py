"""The instructions a strategy may choose from, under one reward model, with their metrics."""

from collections.abc import Callable, Hashable, Sequence
from functools import cached_property
from typing import Any, Literal

import numpy as np

from crowdselect import pick
from crowdselect.concordance_spec import CONCORDANCE, ConcordanceSpec
from crowdselect.errors import UserError
from crowdselect.former_best import former_best
from crowdselect.irt import ItemResponse, item_response
from crowdselect.methods import CURRENT, Methods
from crowdselect.metrics import ALL_METRICS, METRICS, ON_DEMAND
from crowdselect.metrics.blocks import largest
from crowdselect.metrics.stability import Ties
from crowdselect.normalize import RANKS, normalized, ranked
from crowdselect.pool import Model, Pool
from crowdselect.quotas import QUOTAS
from crowdselect.ties import EQUAL, formerly, tied

Direction = Literal["top", "bottom"]


class Candidates:
    """Row i of every array is pool row `rows[i]`; rows ascend, so ties that go by row go by uuid.

    Metrics and normalised metrics are computed when first asked for and kept: moving a weight costs a sum.
    """

    def __init__(
        self,
        pool: Pool,
        rows: np.ndarray,  # (n,) ascending pool rows
        models: tuple[Model, ...],  # the crowd, by name
        scores: np.ndarray,  # (models, n) float64, NaN where there is none
        chosen: np.ndarray,  # (n,) pool model row of the response that goes with the instruction, -1 for none
        ties: Ties = "average",
        methods: Methods = CURRENT,
        concordance: ConcordanceSpec = CONCORDANCE,
    ) -> None:
        self.pool: Pool = pool
        self.rows: np.ndarray = rows
        self.models: tuple[Model, ...] = models
        self.scores: np.ndarray = scores
        self.chosen: np.ndarray = chosen
        self.ties: Ties = ties
        self.methods: Methods = methods
        self.concordance: ConcordanceSpec = concordance
        self._metrics: dict[str, np.ndarray] = {}
        self._tied: dict[str, np.ndarray] = {}
        self._normalized: dict[tuple[str, str], np.ndarray] = {}
        self._groups: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
        self._kept: dict[Hashable, Any] = {}

        self._uncut: Candidates | None = None  # those that `where` cut these from

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def before_filters(self) -> "Candidates":
        """Those that `where` cut these from; themselves where it did not."""
        return self._uncut or self

    @cached_property
    def families(self) -> list[np.ndarray]:
        """As `families_of` gives them."""
        return families_of(self.models, copies_compared=self.methods["resamples"] < 2)

    @property
    def metric_names(self) -> list[str]:
        """The metrics that cost nothing: the computed ones, then the pool's signals."""
        return [*METRICS, *(name for name in self.pool.signal_names if name not in METRICS)]

    @property
    def all_metric_names(self) -> list[str]:
        """Every metric that can be asked for: those above, then those that are computed on demand."""
        return [*self.metric_names, *(name for name in ON_DEMAND if name not in self.pool.signal_names)]

    @cached_property
    def item_response(self) -> ItemResponse:
        """The item-response model of the scores. A filter cuts it and does not change it."""
        if self._uncut is not None:
            return self._uncut.item_response.at(np.searchsorted(self._uncut.rows, self.rows))
        return item_response(self.scores)

    def metric(self, name: str) -> np.ndarray:
        """(n,) float64, NaN where the row has none; what was measured of answers is that of the one in `chosen`."""
        if name not in self._metrics:
            if name in METRICS:
                values = METRICS[name].compute(self)
            elif name in self.pool.signals:
                values = self.pool.signals[name][self.rows]
            elif name in self.pool.response_signals:
                of = self.chosen if self.methods["signals"] > 1 else former_best(self.pool)[self.rows]
                values = np.where(of < 0, np.nan, self.pool.response_signals[name][of, self.rows])
            elif name in ON_DEMAND:
                values = ON_DEMAND[name].compute(self)
            else:
                raise UserError(f"Unknown metric {name!r}; choose one of {', '.join(self.all_metric_names)}.")
            values.flags.writeable = False
            self._metrics[name] = values
        return self._metrics[name]

    @cached_property
    def largest_score(self) -> np.ndarray:
        """(n,) the largest absolute score of each row, NaN where it has none."""
        return largest(self.scores)

    def terms(self, name: str) -> np.ndarray | float:
        """How large the numbers were that entered each value of the metric: (n,), or one for all."""
        signal = name not in METRICS and name in self.pool.signal_names
        metric = None if signal else ALL_METRICS.get(name)
        return np.abs(self.metric(name)) if metric is None or metric.terms is None else metric.terms(self)

    def margin(self, name: str) -> np.ndarray | float:
        """How far a value of the metric may lie beyond a limit and still meet it: (n,), or one for all."""
        return 0.0 if self.methods["rounding"] == 1 else EQUAL * self.terms(name)

    def tied(self, name: str) -> np.ndarray:
        """The metric as rows are ranked by it: (n,), values that differ by rounding alone are the same."""
        if name not in self._tied:
            values = self.metric(name)
            former = self.methods["rounding"] == 1
            self._tied[name] = formerly(values) if former else tied(values, self.terms(name))
        return self._tied[name]

    def normalized(self, name: str, normalizer: str) -> np.ndarray:
        """The metric on the normaliser's scale over these candidates: (n,), NaN where the row has none."""
        key = (name, normalizer)
        if key not in self._normalized:
            as_it_is = self.methods["rounding"] == 1 and normalizer not in RANKS
            self._normalized[key] = normalized(self.metric(name) if as_it_is else self.tied(name), normalizer)
        return self._normalized[key]

    def ranks(self, name: str, normalizer: str) -> tuple[np.ndarray, int]:
        """The metric's ranks, of a normaliser in RANKS: whole numbers (n,), NaN where the row has none; and what stands
        for 1 among them."""
        return self.kept(("ranks", name, normalizer), lambda: ranked(self.tied(name), normalizer))

    def best(
        self, values: np.ndarray, size: int, direction: Direction = "top", spread: tuple[str, str] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The `size` rows with the highest (lowest) values, best first, and every row's priority.

        `spread` (clustering, quota) takes them cluster by cluster. Fewer only where fewer rows have a value.
        """
        priority = values if direction == "top" else -values
        if spread is None:
            return pick.best_rows(priority, size), priority
        order, starts, members = self.groups(spread[0])
        quotas = QUOTAS[spread[1]](size, members)
        return pick.best_by_group(priority, size, order, starts, quotas), priority

    def groups(self, clustering: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rows cluster by cluster (ascending within each), where each cluster starts (k + 1,), and its rows (k,)."""
        if clustering not in self._groups:
            codes = self.cluster_codes(clustering)
            order = np.argsort(codes, kind="stable")
            order = order[np.searchsorted(codes[order], 0) :]
            starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
            starts = np.append(starts, len(order))
            self._groups[clustering] = (order, starts, np.diff(starts))
        return self._groups[clustering]

    def kept(self, key: Hashable, made: Callable[[], Any]) -> Any:
        """What `made()` gave for that key the first time: for what depends on these candidates and on nothing else."""
        if key not in self._kept:
            self._kept[key] = made()
        return self._kept[key]

    def cluster_codes(self, clustering: str) -> np.ndarray:
        """(n,) cluster of each row, -1 where it has none."""
        if clustering not in self.pool.clusterings:
            known = ", ".join(self.pool.clusterings) or "none: run `python -m precompute run cluster`"
            raise UserError(f"Unknown clustering {clustering!r}; this workspace has {known}.")
        return self.pool.clusterings[clustering].codes[self.rows]

    def where(self, keep: np.ndarray) -> "Candidates":
        """The candidates that `keep` (n,) marks; metrics that are known are cut, not computed again."""
        if keep.all():
            return self
        scores = np.ascontiguousarray(self.scores[:, keep])
        cut = Candidates(
            self.pool,
            self.rows[keep],
            self.models,
            scores,
            self.chosen[keep],
            self.ties,
            self.methods,
            self.concordance,
        )
        cut._metrics = {name: values[keep] for name, values in self._metrics.items()}
        cut._uncut = self._uncut or self
        return cut


def families_of(models: Sequence[Model], copies_compared: bool = False) -> list[np.ndarray]:
    """The families that stability looks at, by name: for each (k, 3), the models' rows, sizes and who each one is.

    The smallest comes first, of equal sizes the first by name. A model that is drawn twice is one, unless
    `copies_compared`.
    """
    who = {name: row for row, name in reversed(list(enumerate(model.name for model in models)))}
    members: dict[str, list[tuple[float, str, int]]] = {}
    for row, model in enumerate(models):
        if model.family and model.params_b is not None:
            members.setdefault(model.family, []).append((model.params_b, model.name, row))
    return [
        np.array(
            [(row, size, row if copies_compared else who[name]) for size, name, row in sorted(family)], dtype=np.float64
        )
        for _, family in sorted(members.items())
        if len({size for size, _, _ in family}) > 1
    ]
