"""What is to be said of a selection beside its rows: a sentence for each thing that its reader may not expect."""

from collections.abc import Callable, Iterable

import numpy as np

from crowdselect.constraints.notes import quota_gave_way, upper_limit
from crowdselect.filters import TITLES, unknown_names
from crowdselect.selection import Selection
from crowdselect.unmeasured import unmeasured


def notes(selection: Selection) -> list[str]:
    """All that NOTES have to say, in their order."""
    return [sentence for note in NOTES for sentence in note(selection)]


def blank_responses(selection: Selection) -> Iterable[str]:
    """How many responses have no words, and how many instructions have no other."""
    blank, alone = selection.candidates.kept("blank responses", lambda: _blank(selection))
    if blank:
        left = f"; {_instructions(alone)} no other and cannot be chosen" if alone else ""
        yield f"{blank:,} {'response is' if blank == 1 else 'responses are'} blank and never chosen{left}."


def _blank(selection: Selection) -> tuple[int, int]:
    pool, named = selection.candidates.pool, selection.recipe.response.name
    asked = [row for row, model in enumerate(pool.models) if named in (None, model.name)]
    blank = pool.response_words[asked] == 0
    alone = blank.any(axis=0) & (pool.choosable_words[asked] < 0).all(axis=0)
    return int(np.count_nonzero(blank)), int(np.count_nonzero(alone))


def _instructions(count: int) -> str:
    return "1 instruction has" if count == 1 else f"{count:,} instructions have"


def unknown_names_in_filters(selection: Selection) -> Iterable[str]:
    """Names that a filter excludes, or uuids that it asks for, which no row has: they may be misspelt."""
    pool = selection.candidates.pool
    for nth, condition in enumerate(selection.recipe.pool.where):
        asked = {"not_in": condition.none_of, "in": condition.any_of if condition.field == "uuid" else None}
        for key, values in asked.items():
            unknown = unknown_names(pool, condition.field, values or ())
            if unknown:
                kind = TITLES.get(condition.field, condition.field)
                others = len(unknown) - 1
                more = f" and {others:,} {'other' if others == 1 else 'others'}" if others else ""
                yield f"where.{nth}.{key}: this workspace has no {kind} {unknown[0]!r:.80}{more}."


NOTES: tuple[Callable[[Selection], Iterable[str]], ...] = (
    blank_responses,
    unmeasured,
    unknown_names_in_filters,
    upper_limit,
    quota_gave_way,
)
