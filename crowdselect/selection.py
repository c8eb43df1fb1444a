"""From a pool and a recipe to the selection."""

from dataclasses import dataclass

import numpy as np

from crowdselect import streams
from crowdselect.candidates import Candidates
from crowdselect.constraints.choose import choose_under, why_short
from crowdselect.errors import UserError
from crowdselect.filters import matching
from crowdselect.methods import CURRENT, Methods
from crowdselect.pairs import paired
from crowdselect.pool import Pool
from crowdselect.recipe import ENSEMBLE, PoolSpec, Recipe, ResponseSpec
from crowdselect.responses import RESPONSES, words_to_choose_from
from crowdselect.strategies import Choice, choose
from crowdselect.streams import stream
from crowdselect.unmeasured import unmeasured


@dataclass(frozen=True)
class Selection:
    """The chosen instructions, best first, and what they were chosen from."""

    recipe: Recipe
    candidates: Candidates
    choice: Choice
    unpaired: int = 0  # instructions left out before choosing, because no pair of their responses is within the limits
    rejections: np.ndarray | None = None  # (n,) of each candidate, the pool's model row of the rejected response

    def __len__(self) -> int:
        return len(self.choice.positions)

    @property
    def positions(self) -> np.ndarray:
        """(k,) into the candidates, best first."""
        return self.choice.positions

    @property
    def rows(self) -> np.ndarray:
        """(k,) into the pool, best first."""
        return self.candidates.rows[self.positions]

    @property
    def chosen(self) -> np.ndarray:
        """(k,) the pool's model row of each one's response, best first."""
        return self.candidates.chosen[self.positions]

    @property
    def rejected(self) -> np.ndarray | None:
        """(k,) the pool's model row of the response that stands against it, best first; None without pairs."""
        return None if self.rejections is None else self.rejections[self.positions]

    @property
    def uuids(self) -> np.ndarray:
        return self.candidates.pool.uuids[self.rows]

    @property
    def cutoff(self) -> float:
        """The score of the last row taken; NaN where the strategy has none."""
        if self.choice.score is None or not len(self):
            return float("nan")
        return float(self.choice.score[self.positions[-1]])

    @property
    def may_be_short(self) -> bool:
        """Whether its size is an upper limit, and fewer rows are no failure."""
        return self.recipe.constraints is not None and self.recipe.constraints.may_be_short

    @property
    def eligible(self) -> int:
        """Candidates with a priority: the largest size that can be met."""
        return len(self.candidates) - int(np.isnan(self.choice.priority).sum())


def select(pool: Pool, recipe: Recipe, methods: Methods = CURRENT) -> Selection:
    """The recipe's selection. UserError where fewer rows than its size are eligible, or keep to its constraints; where
    the size is an upper limit (`budget: {fill: best}`), only where there is none at all."""
    selection = select_from(gather(pool, recipe.pool, recipe.response, recipe.select.seed, methods), recipe)
    if len(selection) < (1 if selection.may_be_short else recipe.select.size):
        missing = "".join(f" {sentence}" for sentence in unmeasured(selection))
        if why := what_binds(selection):
            raise UserError(f"Size {recipe.select.size:,} cannot be met. {why}{missing}")
        possible = len(selection) if recipe.constraints else selection.eligible
        complete = not len(selection.candidates) and recipe.pool.missing == "complete"
        loosen = "loosen the pool" + (", for example with `pool: {missing: available}`." if complete else ".")
        lower = f"Lower the size to {possible:,}, or {loosen}" if possible else f"L{loosen[1:]}"
        from crowdselect.reasons.shortfall import shortfall  # which looks at selections

        raise UserError(
            f"Size {recipe.select.size:,} cannot be met: {selection.eligible:,} of {len(pool):,} instructions "
            f"are eligible ({shortfall(selection)}). {lower}{missing}"
        )
    return _core(selection) if recipe.core else selection


def select_from(candidates: Candidates, recipe: Recipe) -> Selection:
    """The recipe's strategy over candidates that are gathered already; may be shorter than the recipe's size.

    Constraints are kept whatever the length: shares are shares of the rows that are selected.
    """
    unpaired, rejections = 0, None
    if (pairing := recipe.pairing) is not None:
        judge, everyone, pool = recipe.pool.reward_model, len(candidates), candidates.pool
        scores = lambda: crowd_scores(pool, judge)[0]  # noqa: E731
        candidates, rejections = paired(candidates, scores, pairing, judge, recipe.select.seed)
        unpaired = everyone - len(candidates)
    if recipe.constraints:
        choice = choose_under(candidates, recipe.select, recipe.constraints, choose)
    else:
        choice = choose(candidates, recipe.select)
    return Selection(recipe, candidates, choice, unpaired, rejections)


def _core(selection: Selection) -> Selection:
    from crowdselect.trust.core import core_of

    return core_of(selection, selection.recipe.core) if selection.recipe.core else selection


def what_binds(selection: Selection) -> str:
    """Which constraint keeps the selection shorter than its recipe's size, and by how much; empty where none does, or
    where the size is an upper limit."""
    recipe = selection.recipe
    enough = 1 if selection.may_be_short else recipe.select.size
    if not recipe.constraints or len(selection) >= enough:
        return ""
    return why_short(selection.candidates, recipe.select, recipe.constraints, choose, len(selection))


def gather(pool: Pool, spec: PoolSpec, response: ResponseSpec, seed: int, methods: Methods = CURRENT) -> Candidates:
    """The candidates: rows with the scores that `spec.missing` asks for, a response, and all of `spec.where`."""
    scores, crowd = crowd_scores(pool, spec.reward_model)
    parameters: dict[str, int] = {}
    if response.choose == "model":
        parameters["model"] = _model_row(pool, response.name)
    elif response.k is not None:
        parameters["k"] = response.k
    rng = stream(streams.RESPONSES, seed, methods)
    chosen = RESPONSES[response.choose](scores, words_to_choose_from(pool, methods), rng, **parameters)
    crowd_of = scores if len(crowd) == len(pool.models) else scores[crowd]
    there = ~np.isnan(crowd_of)
    enough = there.all(axis=0) if spec.missing == "complete" else there.sum(axis=0) >= spec.min_scores
    rows = np.flatnonzero(enough & (chosen >= 0))
    if len(rows) < len(pool):
        crowd_of = np.ascontiguousarray(crowd_of[:, rows])
    models = tuple(pool.models[row] for row in crowd)
    candidates = Candidates(pool, rows, models, crowd_of, chosen[rows], spec.ties, methods, spec.concordance)
    for condition in spec.where:
        candidates = candidates.where(matching(candidates, condition))
    return candidates


def crowd_scores(pool: Pool, reward_model: str | None) -> tuple[np.ndarray, np.ndarray]:
    """The reward model's scores (all models, n), and the rows of the models it has scored at all."""
    if reward_model != ENSEMBLE:
        reward_model = reward_model_name(pool, reward_model)
    elif not pool.scores:
        raise UserError("The ensemble needs at least one reward model; ingest scores first.")
    scores = pool.ensemble if reward_model == ENSEMBLE else pool.scores[reward_model]
    if reward_model not in pool.crowds:
        pool.crowds[reward_model] = np.flatnonzero(~np.isnan(scores).all(axis=1))
    return scores, pool.crowds[reward_model]


def reward_model_name(pool: Pool, name: str | None) -> str:
    """`name`, checked; None stands for the only one there is."""
    known = ", ".join(pool.scores) or "none: ingest scores first"
    if name is None and len(pool.scores) == 1:
        return next(iter(pool.scores))
    if name is None:
        raise UserError(f"Name a reward model (pool.reward_model); this workspace has {known}.")
    if name not in pool.scores:
        raise UserError(f"Unknown reward model {name!r}; this workspace has {known} (or {ENSEMBLE}).")
    return name


def _model_row(pool: Pool, name: str | None) -> int:
    names = [model.name for model in pool.models]
    if name not in names:
        raise UserError(f"Unknown model {name!r} in response.name; this workspace has {', '.join(names)}.")
    return names.index(name)
