"""Series of selections by one recipe: several sizes, each inside the next, and several seeds."""

from collections.abc import Sequence

from crowdselect.bounds import whole_number
from crowdselect.errors import UserError
from crowdselect.recipe import MAX_SEED, Recipe, SelectSpec

# The sizes of the paper's figure "score against data size", 0.1k to 10k.
SIZES = (100, 250, 500, *range(1000, 10_001, 1000))


def series(recipe: Recipe, sizes: Sequence[int], seeds: Sequence[int]) -> dict[str, Recipe]:
    """What to add to a file's name -> the recipe of that file; none given: the recipe's own size or seed, no name.

    The largest size is what the recipe chooses by itself. Each smaller one is chosen from the next larger by the same
    strategy and quotas, and its recipe says so (`within`), so that it can be made again alone.
    """
    found = {}
    ascending = sorted(set(sizes))
    by_size = {f"-{size}": {"size": size, "within": ascending[nth + 1 :] or None} for nth, size in enumerate(ascending)}
    by_seed = {f"-seed{seed}": {"seed": seed} for seed in seeds}
    for of_seed, seed in (by_seed or {"": {}}).items():
        for of_size, size in (by_size or {"": {}}).items():
            document = recipe.select.model_dump(by_alias=True) | size | seed
            found[of_size + of_seed] = recipe.model_copy(update={"select": SelectSpec.model_validate(document)})
    return found


def whole_numbers(what: str, text: str, least: int) -> list[int]:
    """The numbers of a list such as 100,200,500; a UserError that begins with `what` names the first that is none."""
    parts = [part.strip() for part in text.split(",")]
    for part in parts:
        number = whole_number(part)
        if number is None or not least <= number <= MAX_SEED:
            raise UserError(f"{what} takes whole numbers from {least}, such as 100,200,500; not {part!r:.40}.")
    return [int(part) for part in parts]
