"""The core of a selection: the rows that other crowds of its kind would choose too, to be exported on their own."""

from dataclasses import replace

import numpy as np

from crowdselect.core_spec import CoreSpec
from crowdselect.selection import Selection
from crowdselect.trust.redraw import Progress
from crowdselect.trust.robustness import Robustness, robustness


def measured(selection: Selection, spec: CoreSpec, progress: Progress | None = None) -> Robustness:
    """The robustness that the core goes by."""
    return robustness(
        selection,
        resamples=spec.resamples,
        seed=spec.seed,
        over=spec.over,
        jitter=spec.jitter,
        share=spec.share,
        progress=progress,
    )


def core_of(selection: Selection, spec: CoreSpec, found: Robustness | None = None) -> Selection:
    """The rows of the core, in the selection's order. Its recipe says so (`core`), so that it can be made again.

    `found` is what `measured` gave for the selection and `spec`, where it is known already.
    """
    found = found or measured(selection, spec)
    inside = np.isin(selection.rows, found.core)
    choice = replace(selection.choice, positions=selection.positions[inside])
    recipe = selection.recipe.model_copy(update={"core": spec})
    return replace(selection, recipe=recipe, choice=choice)
