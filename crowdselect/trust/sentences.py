"""What resampling found, in words."""

import numpy as np

from crowdselect.recipe import Recipe
from crowdselect.selection import Selection
from crowdselect.trust.draws import compares_sizes
from crowdselect.trust.robustness import Robustness

NAMES = {
    "models": "the models",
    "families": "the families of models",
    "reward-models": "the reward models",
    "weights": "the weights",
}
# how an instruction's row is told from another one
ONE_JUDGE = "There is one reward model here, so drawing it anew changes nothing."
BETWEEN = "from two halves of the crowd, which share nothing, to resample against resample, which share the crowd"
BY_INSTRUCTION = "A row is an instruction; which of its responses is exported may differ from resample to resample."


def in_words(selection: Selection, found: Robustness, share: float) -> list[str]:
    """The summary, a sentence a line."""
    *first, last = (NAMES[source] for source in found.over)
    drawn = f"{', '.join(first)} and {last}" if first else last
    size = len(selection)
    if not found.depends:
        return [
            f"{size:,} rows. The strategy {selection.recipe.select.strategy!r} does not depend on {drawn}: "
            "every resample chooses the same rows."
        ]
    ever = int((found.inclusion > 0).sum())
    return [
        f"{size:,} rows, {found.resamples:,} resamples of {drawn}.",
        f"Expected Jaccard with another crowd's selection: {interval(found)}, {BETWEEN}.",
        *left_out(selection.recipe, found),
        f"Core: {len(found.core):,} rows are in at least {share:.0%} of the resamples; {ever:,} rows are in any.",
        *([ONE_JUDGE] if one_judge(selection, found) else []),
        BY_INSTRUCTION,
    ]


def interval(found: Robustness) -> str:
    """The two bounds, the lower one first; a dash for one that is not known."""
    first, last = ("–" if np.isnan(end) else f"{end:.3f}" for end in (found.low, found.high))
    return f"{first} to {last}"


def left_out(recipe: Recipe, found: Robustness) -> list[str]:
    """A sentence on draws that select nothing, where there are any."""
    why = "no row has all that the recipe asks for"
    if compares_sizes(recipe):
        why += "; stability and concordance need two sizes of one family"
    lines = []
    if found.empty:
        lines.append(f"{found.empty:,} of {found.resamples:,} resamples select nothing and are left out ({why}).")
    if found.halves_empty:
        split = len(found.halves) + found.halves_empty
        lines.append(
            f"{found.halves_empty:,} of {split:,} pairs of halves are left out: one half selects nothing ({why})."
        )
    return lines


def one_judge(selection: Selection, found: Robustness) -> bool:
    """Whether reward models were to be drawn where there is no choice."""
    return "reward-models" in found.over and len(selection.candidates.pool.scores) < 2
