"""What a share can be of in this pool: the values of each field, as a recipe calls them and as a person reads them."""

from crowdselect.constraints.groups import LANGUAGE
from crowdselect.pool import Pool
from pages._ui.text import one_line

MOST = 1_000  # values in a list
TITLES = {"source": "Source", "tag": "Tag", "language": "Language", "model": "Model", "cluster": "Cluster"}


def clusterings(pool: Pool) -> list[str]:
    """Those that are groups of instructions, not languages."""
    return [name for name in pool.clusterings if name != LANGUAGE]


def fields(pool: Pool) -> list[str]:
    """The fields that have values here."""
    there = {
        "source": pool.source_codes[0], "tag": pool.tags, "language": LANGUAGE in pool.clusterings,
        "model": pool.models, "cluster": clusterings(pool),
    }  # fmt: skip
    return [by for by in TITLES if there[by]]


def offered(pool: Pool, by: str, clustering: str | None) -> dict[str, str]:
    """The same as `values_of`, and of thousands of tags the most frequent, which is what a list can show."""
    if by != "tag" or len(pool.tags) <= MOST:
        return dict(list(values_of(pool, by, clustering).items())[:MOST])
    frequent = sorted(pool.tags, key=lambda tag: (-len(pool.tags[tag]), tag))[:MOST]
    return {name: one_line(name, 60) for name in sorted(frequent)}


def values_of(pool: Pool, by: str, clustering: str | None) -> dict[str, str]:
    """value -> label."""
    if by == "source":
        return {name: one_line(name, 60) for name in pool.source_codes[0]}
    if by == "tag":
        return {name: one_line(name, 60) for name in pool.tags}
    if by == "model":
        return {model.name: one_line(model.name, 60) for model in pool.models}
    name = LANGUAGE if by == "language" else clustering or next(iter(clusterings(pool)), "")
    if name not in pool.clusterings:
        return {}
    found = pool.clusterings[name]
    called = {int(label): found.names.get(int(label), str(label)) for label in found.labels}
    if by == "language":
        return {one: one_line(one, 60) for one in sorted(called.values())}
    return {
        str(label): one_line(f"{label} · {text}" if text != str(label) else text, 60) for label, text in called.items()
    }
