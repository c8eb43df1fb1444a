"""What resampling found, in words."""

from crowdselect.selection import Selection
from crowdselect.trust.robustness import Robustness

NAMES = {
    "models": "the models",
    "families": "the families of models",
    "reward-models": "the reward models",
    "weights": "the weights",
}
# how an instruction's row is told from another one
ONE_JUDGE = "There is one reward model here, so drawing it anew changes nothing."
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
        f"Expected Jaccard {found.expected:.3f}, 95 % interval {found.low:.3f} to {found.high:.3f}.",
        f"Core: {len(found.core):,} rows are in at least {share:.0%} of the resamples; {ever:,} rows are in any.",
        *([ONE_JUDGE] if one_judge(selection, found) else []),
        BY_INSTRUCTION,
    ]


def one_judge(selection: Selection, found: Robustness) -> bool:
    """Whether reward models were to be drawn where there is no choice."""
    return "reward-models" in found.over and len(selection.candidates.pool.scores) < 2
