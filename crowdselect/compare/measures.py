"""What takes seconds to measure of a selection: how much it repeats itself, and how far it depends on the crowd."""

from collections.abc import Callable, Mapping, Sequence

from crowdselect.compare.redundancy import redundancy
from crowdselect.compare.table import Cell
from crowdselect.errors import UserError
from crowdselect.selection import Selection
from crowdselect.trust import Robustness, robustness
from crowdselect.trust.robustness import RESAMPLES

Progress = Callable[[int, int], None]  # how many of how many are done
NAN = float("nan")
QUICK = (
    "weighted",
    "difficulty",
    "separability",
    "stability",
    "reward",
    "length",
    "random",
    "ifd",
    "ifd_ppl",
    "direct_score",
)  # they choose by sorting
DEAR = ("mmr", "k_center", "facility_location")  # they go through all embeddings each time they choose
DEAR_RESAMPLES = 40
MANY = 5_000  # of more eligible rows, choosing again in other ways than by sorting takes minutes to hours
UNASKED = "the choice asks no model, so no other crowd changes it."


def redundancy_of(selection: Selection) -> float:
    """Over the computed embeddings of the instructions; NaN in a pool without any, UserError where it says why."""
    vectors = selection.candidates.pool.vectors
    return redundancy(vectors(None), selection.rows) if vectors else NAN


def redundancy_columns(
    selections: Sequence[Selection], measure: Callable[[Selection], float] = redundancy_of
) -> tuple[dict[str, list[Cell]], str]:
    """The table's column of redundancy, and why there is none where the pool has no embeddings."""
    try:
        found: list[Cell] = [measure(each) for each in selections]
    except UserError as error:
        return {}, f"Redundancy needs embeddings. {error}"
    return {"redundancy": found}, ""


def measured(selection: Selection) -> Robustness:
    """200 bootstrap resamples of the models; fewer for a strategy that is slow, and none over many rows."""
    strategy = selection.recipe.select.strategy
    if strategy not in QUICK and len(selection.candidates) > MANY:
        raise UserError(
            f"not measured here, since choosing again is slow over more than {MANY:,} rows; "
            "`python -m crowdselect trust RECIPE.yaml` does it."
        )
    return robustness(selection, resamples=DEAR_RESAMPLES if strategy in DEAR else RESAMPLES)


def robustness_columns(
    selections: Sequence[Selection],
    names: Sequence[str],
    measure: Callable[[Selection], Robustness] = measured,
    progress: Progress | None = None,
) -> tuple[dict[str, list[Cell]], dict[str, str]]:
    """The table's columns of robustness, and what is to be said of some: name -> note.

    `measure` is `measured`, or one that keeps what it found.
    """
    columns: dict[str, list[Cell]] = {name: [] for name in ("robustness", "robustness_low", "robustness_high", "core")}
    notes = {}
    for nth, (name, selection) in enumerate(zip(names, selections, strict=True)):
        if progress is not None:
            progress(nth, len(names))
        values: list[Cell] = [NAN, NAN, NAN, NAN]
        try:
            found = measure(selection)
            values = [(found.low + found.high) / 2, found.low, found.high, len(found.core)]
            if not found.depends:
                notes[name] = UNASKED
            elif found.resamples == DEAR_RESAMPLES:
                notes[name] = f"from {DEAR_RESAMPLES} draws, because it is slow to choose."
        except UserError as error:
            notes[name] = str(error)
        for column, value in zip(columns.values(), values, strict=True):
            column.append(value)
    return columns, notes


def said_of(notes: Mapping[str, str]) -> list[str]:
    """One line a note, with all the names that it is about."""
    said: dict[str, list[str]] = {}
    for name, note in notes.items():
        said.setdefault(note, []).append(name)
    return [f"Robustness of {', '.join(names)}: {note}" for note, names in said.items()]
