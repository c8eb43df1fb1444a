"""Which metrics decide a selection."""

from crowdselect.selection import Selection
from crowdselect.strategies.ranked_by import ranked_by


def ranks_by(selection: Selection) -> list[str]:
    """The metrics that its strategy ranks by; none where another rule decides (a draw, tags, embeddings)."""
    return ranked_by(selection.candidates, selection.recipe.select)
