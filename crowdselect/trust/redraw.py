"""Chooses again for many draws, on two threads: the order and number of threads decide nothing."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.selection import Selection, select_from
from crowdselect.trust.again import crowd_rows, drawn_recipe, select_again
from crowdselect.trust.draws import Draw
from crowdselect.trust.judged import Judged
from crowdselect.trust.judges import Judges

THREADS = 2
Progress = Callable[[int, int], None]  # how many of how many draws are done


class Redraw:
    """A selection, to be made again under other crowds."""

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self.pool = selection.candidates.pool
        self.methods = selection.candidates.methods
        self.judges = Judges(self.pool, selection.recipe)
        self.looked_at = False  # whether the recipe looks at anything that a crowd decides

    def chosen(self, draws: Sequence[Draw], progress: Progress | None = None) -> list[np.ndarray]:
        """The pool rows that each draw chooses, best first. Equal draws are made once."""
        made: dict[tuple[object, ...], np.ndarray] = {}
        unique = {_key(draw): draw for draw in draws}
        for group in _by_judges(unique.values()):
            for draw, rows in self._group(group):
                made[_key(draw)] = rows
                if progress is not None:
                    progress(len(made), len(unique))
        return [made[_key(draw)] for draw in draws]

    def _group(self, group: list[Draw]) -> Iterator[tuple[Draw, np.ndarray]]:
        """Draws that the same reward models judge."""
        first, *others = group
        crowd_drawn = first.models is not None or first.reward_models is not None
        changing = self.judges.ensemble and first.models is not None  # z-scores go by the cells that were drawn
        judged = self._judged(first, patterned=len(group) > 1) if crowd_drawn and not changing else None

        def rows(draw: Draw) -> np.ndarray:
            if self.selection.recipe.pairing is not None:  # pairs go by every score of every response
                self.looked_at = True
                return select_again(self.pool, self.selection.recipe, draw, self.methods).rows
            if not crowd_drawn:
                return self._rows(self.selection.candidates, draw)
            mine = judged or self._judged(draw, patterned=False)
            found = self._rows(mine.candidates(draw), draw)
            self.looked_at |= mine.looked_at
            return found

        found = rows(first)
        yield first, found
        every_row = judged is not None and not len(judged.sometimes) and judged.recipe.pool.min_scores == 1
        if every_row and not self.looked_at and first.weights is None:
            yield from ((draw, found) for draw in others)  # no crowd makes a difference
            return
        threads = ThreadPoolExecutor(THREADS)
        try:
            yield from zip(others, threads.map(rows, others), strict=True)
        finally:  # whoever asked may have gone
            threads.shutdown(cancel_futures=True)

    def _judged(self, draw: Draw, patterned: bool) -> Judged:
        recipe = drawn_recipe(self.pool, self.selection.recipe, draw)
        crowd = crowd_rows(self.pool, self.selection.recipe, draw.reward_models is not None)
        judged = Judged(self.pool, recipe, self.judges.scores(draw), crowd, patterned, self.methods)
        if patterned:
            _ = judged.patterns  # before threads share it
        return judged

    def _rows(self, candidates: Candidates, draw: Draw) -> np.ndarray:
        return select_from(candidates, drawn_recipe(self.pool, self.selection.recipe, draw)).rows


def _key(draw: Draw) -> tuple[object, ...]:
    models = None if draw.models is None else draw.models.tobytes()
    copies = None if draw.copies is None else draw.copies.tobytes()
    return models, copies, draw.reward_models, draw.weights


def _by_judges(draws: Iterable[Draw]) -> list[list[Draw]]:
    groups: dict[tuple[str, ...] | None, list[Draw]] = {}
    for draw in draws:
        groups.setdefault(draw.reward_models, []).append(draw)
    return list(groups.values())
