"""From recipes and names of baselines to selections that stand side by side; what cannot be made says why."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from crowdselect.baselines import BASELINES, baseline
from crowdselect.candidates import Candidates
from crowdselect.compare.sides import Entry, SideBySide
from crowdselect.constraints.notes import upper_limit
from crowdselect.errors import UserError
from crowdselect.pool import Pool
from crowdselect.recipe import Recipe
from crowdselect.selection import Selection, gather, select, select_from, what_binds


@dataclass(frozen=True)
class Line:
    """Selections side by side, and of the baselines that cannot be made or are shorter than asked: which, and why."""

    sides: SideBySide
    left_out: dict[str, str]  # title -> the reason and the remedy
    shorter: dict[str, str]  # title -> how many rows it has and why


def line_up(
    pool: Pool,
    recipes: Mapping[str, Recipe],
    baselines: Sequence[str] = (),
    clustering: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Line:
    """The selections of `recipes` (name -> recipe; the first is what the others are compared with), then baselines.

    A recipe that cannot be met is a UserError that names it. A baseline takes the first recipe's pool, size, seed and
    response; `clustering` is what those that go by clusters are spread over (None: the first recipe's, else the only
    one there is). One whose signal is missing is left out, and one that has fewer rows is as large as it can be.
    """
    entries = []
    for name, recipe in recipes.items():
        try:
            entries.append(Entry(name, select(pool, recipe)))
        except UserError as error:
            raise UserError(f"{name}: {error}") from None
    first = entries[0].selection
    clustering = clustering_of(pool, first.recipe, clustering)
    left_out, shorter = {}, {}
    for nth, name in enumerate(baselines):
        if progress is not None:  # some of them take a minute for 100,000 rows
            progress(nth, len(baselines))
        title = BASELINES[name].title
        if BASELINES[name].spread and clustering is None:
            left_out[title] = _which_clustering(pool)
            continue
        try:
            recipe = baseline(name, first.recipe, clustering)
            own = recipe.response != first.recipe.response
            candidates = gathered(pool, recipe) if own else first.candidates
            selection = select_from(candidates, recipe)
        except UserError as error:
            left_out[title] = str(error)
            continue
        if not len(selection):
            left_out[title] = "No row is eligible for it."
            continue
        if len(selection) < selection.recipe.select.size:
            shorter[title] = f"{len(selection):,} of {selection.recipe.select.size:,} rows: {_why_shorter(selection)}"
            fewer = selection.recipe.select.model_copy(update={"size": len(selection)})
            selection = select_from(candidates, selection.recipe.model_copy(update={"select": fewer}))
        entries.append(Entry(free_name(title, [each.name for each in entries]), selection))
    return Line(SideBySide(entries, yardstick(pool, first.recipe)), left_out, shorter)


def _why_shorter(selection: Selection) -> str:
    if selection.may_be_short:
        return " ".join(upper_limit(selection))
    return what_binds(selection) or f"{selection.eligible:,} are eligible for it."


def yardstick_recipe(recipe: Recipe) -> Recipe:
    """The recipe whose candidates every selection is measured by: all rows that its reward model scored at all."""
    return recipe.model_copy(update={"pool": recipe.pool.model_copy(update={"missing": "available", "where": ()})})


def clustering_of(pool: Pool, recipe: Recipe, named: str | None = None) -> str | None:
    """The clustering that shares are counted over: `named`, else the recipe's, else the only one there is."""
    if named is not None and named not in pool.clusterings:
        known = ", ".join(pool.clusterings) or "none: run `python -m precompute run cluster`"
        raise UserError(f"Unknown clustering {named!r}; this workspace has {known}.")
    spec = recipe.select.clusters
    only = next(iter(pool.clusterings)) if len(pool.clusterings) == 1 else None
    return named or (spec.name if spec else only)


def yardstick(pool: Pool, recipe: Recipe) -> Candidates:
    """The candidates of that recipe."""
    return gathered(pool, yardstick_recipe(recipe))


def gathered(pool: Pool, recipe: Recipe) -> Candidates:
    """What the recipe chooses from."""
    return gather(pool, recipe.pool, recipe.response, recipe.select.seed)


def _which_clustering(pool: Pool) -> str:
    if not pool.clusterings:
        return "It goes by clusters, and there are none: run `python -m precompute run cluster`."
    return f"It goes by clusters; name one with --clusters: {', '.join(pool.clusterings)}."


def free_name(name: str, taken: Collection[str]) -> str:
    """The name, with a number behind it where it is taken."""
    names = [name, *(f"{name} ({nth})" for nth in range(2, len(taken) + 2))]
    return next(each for each in names if each not in taken)
