"""Ready-made selections to compare a recipe with: the same pool, size, seed and responses, chosen another way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from crowdselect.recipe import Recipe, ResponseSpec, SelectSpec
from crowdselect.strategies.matched_random import like_of


@dataclass(frozen=True)
class Baseline:
    """What it is called and what it does; `select` replaces the recipe's strategy and that strategy's parameters."""

    title: str
    help: str
    select: Mapping[str, Any] = field(default_factory=dict)
    response: str | None = None  # replaces the recipe's choice of response
    spread: bool = False  # over the clusters, the same number from each
    control: bool = False  # of the recipe itself: it says what it is a control of


# What the paper compares CrowdSelect with (section 4), and relatives. One whose signal, tags or embeddings
# the workspace lacks fails with the command that makes them.
BASELINES: dict[str, Baseline] = {
    "random": Baseline("Random", "A uniform draw by the recipe's seed.", {"strategy": "random"}),
    "random_clusters": Baseline(
        "Random per cluster", "As many random rows from each cluster.", {"strategy": "random"}, spread=True
    ),
    "matched_random": Baseline(
        "Random, length-matched",
        "A draw with the recipe's own response lengths; its own rows only where there are no others as long.",
        {"strategy": "matched_random"}, control=True,
    ),
    "length_response": Baseline(
        "Longest response", "Most words in an instruction's longest response, which is exported.",
        {"strategy": "length", "of": "response"}, response="longest",
    ),
    "shortest_response": Baseline(
        "Shortest response", "Fewest words in an instruction's shortest response, which is exported.",
        {"strategy": "length", "of": "response", "direction": "bottom"}, response="shortest",
    ),
    "length_instruction": Baseline(
        "Longest instruction", "Most words in the instruction, with its longest response.",
        {"strategy": "length", "of": "instruction"}, response="longest",
    ),
    "shortest_instruction": Baseline(
        "Shortest instruction", "Fewest words in the instruction, with its shortest response.",
        {"strategy": "length", "of": "instruction", "direction": "bottom"}, response="shortest",
    ),
    "reward": Baseline("Best reward", "The highest score of any response.", {"strategy": "reward"}),
    "lowest_reward": Baseline(
        "Lowest reward", "The lowest score of any response, which is exported.",
        {"strategy": "reward", "direction": "bottom", "by": "min"}, response="worst",
    ),
    "direct_score": Baseline(
        "Direct score", "The best by an LLM judge (AlpaGasus).", {"strategy": "direct_score"}
    ),
    "ifd": Baseline(
        "IFD", "The highest ratio of losses with and without the instruction, up to 1.", {"strategy": "ifd"}
    ),
    "ifd_ppl": Baseline(
        "IFD (Superfiltering)", "The same with perplexities, below 1.", {"strategy": "ifd_ppl"}
    ),
    "instag": Baseline(
        "InsTag", "Most tags first, covering every tag again and again.", {"strategy": "instag", "variant": "paper"}
    ),
    "instag_crowdselect": Baseline(
        "InsTag (CrowdSelect)", "The longest instructions of each tag, then the longest of all, as its code does it.",
        {"strategy": "instag", "variant": "crowdselect"},
    ),
    "deita": Baseline(
        "DEITA", "Best reward first, without rows whose embeddings are more alike than 0.9.",
        {"strategy": "deita", "score": "reward", "threshold": 0.9},
    ),
    "mmr": Baseline(
        "MMR", "The weighted sum 1, 1, 1.5 against likeness to the rows taken before, half and half.",
        {"strategy": "mmr", "score": "weighted", "trade_off": 0.5},
    ),
    "k_center": Baseline("k-center", "Always the row farthest from all taken.", {"strategy": "k_center"}),
    "facility_location": Baseline(
        "Facility location", "Rows that together stand for the whole pool.", {"strategy": "facility_location"}
    ),
    "difficulty": Baseline("Difficulty", "What the crowd answers worst.", {"strategy": "difficulty"}),
    "separability": Baseline("Separability", "What tells the models apart.", {"strategy": "separability"}),
    "stability": Baseline("Stability", "What bigger models answer better.", {"strategy": "stability"}),
    "crowdselect": Baseline(
        "CrowdSelect (paper)", "Weights 1, 1, 1.5, quantile-normalised, the same number from each cluster.",
        {"strategy": "weighted", "weights": {"difficulty": 1.0, "separability": 1.0, "stability": 1.5},
         "normalize": "quantile"}, spread=True,
    ),
}  # fmt: skip


def baseline(name: str, like: Recipe, clustering: str | None) -> Recipe:
    """The named baseline on the pool of `like`, at its size and seed, under its constraints.

    It has that recipe's responses unless it chooses its own. A spread one goes over `clustering`.
    """
    chosen = BASELINES[name]
    document: dict[str, Any] = {"size": like.select.size, "seed": like.select.seed, **chosen.select}
    if chosen.control:
        own = like.select.model_dump(include={"weights", "normalize", "clusters"})
        document |= {"like": like_of(like.select), **own}
    if chosen.spread and clustering is not None:
        document["clusters"] = {"name": clustering, "quota": "equal"}
    changed: dict[str, str | BaseModel] = {"name": chosen.title, "select": SelectSpec.model_validate(document)}
    if chosen.response is not None:
        changed["response"] = ResponseSpec(choose=chosen.response)
    return like.model_copy(update=changed)
