"""From what a model answered to tags: read, folded to one spelling, merged over all instructions, rare ones dropped."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from precompute.models.thinking import split_thinking

# The fixed labels of the paper's repository (listentm/CROWDSELECT, baseline/instag).
LABELS = (
    "information", "request", "data", "research", "analysis", "retrieval", "inquiry", "writing", "creative", "program",
    "loop", "mathematics", "solve", "coding", "problem", "operation", "creation", "generation", "development",
    "handling", "declaration", "comparison", "arithmetic", "statement", "reasoning", "extraction", "roleplay",
    "humanities", "STEM",
)  # fmt: skip
MOST = 6  # open tags that are asked for
TAKEN = 20  # and taken, of a model that gives more
LONGEST = 60  # characters of a tag
_BY_FOLD = {label.casefold(): label for label in LABELS}
_LIST = re.compile(r"\[[^\[\]]*\]")


def tags_in(answer: str) -> list[str]:
    """The open tags of an answer in their order, each once and in one spelling; none where it holds no JSON list."""
    folded = (fold(tag) for tag in _listed(answer))
    return list(dict.fromkeys(tag for tag in folded if tag and len(tag) <= LONGEST))[:TAKEN]


def labels_in(answer: str) -> list[str]:
    """The fixed labels of an answer in their order, each once; what is no label is passed over."""
    found = (_BY_FOLD.get(tag.strip().casefold()) for tag in _listed(answer))
    return list(dict.fromkeys(label for label in found if label))


def fold(tag: str) -> str:
    """Lower case, words of letters and digits with one space between: `Problem-Solving.` is `problem solving`."""
    text = unicodedata.normalize("NFKC", tag).casefold()
    kept = "".join(character if character.isalnum() or character in "+#" else " " for character in text)
    return " ".join(kept.split())


def merged(found: Sequence[list[str]], min_count: int, fold: bool = True) -> list[list[str]]:
    """The tags of every instruction, with one name for what means the same, and without those of too few of them.

    Two tags are the same when they differ in spaces alone (`data base`, `database`), or when one is the other's plural.
    The more frequent spelling stands for both, on ties the first by name.
    """
    names = _names(Counter(tag for tags in found for tag in tags)) if fold else {}
    renamed = [list(dict.fromkeys(names.get(tag, tag) for tag in tags)) for tags in found]
    counts = Counter(tag for tags in renamed for tag in tags)
    return [[tag for tag in tags if counts[tag] >= min_count] for tags in renamed]


def _names(counts: Counter[str]) -> dict[str, str]:
    """Tag -> the spelling that stands for it."""
    stems = {tag.replace(" ", "") for tag in counts}
    groups: dict[str, list[str]] = {}
    for tag in counts:
        stem = tag.replace(" ", "")
        groups.setdefault(next((one for one in _singulars(stem) if one in stems), stem), []).append(tag)
    return {tag: min(group, key=lambda one: (-counts[one], one)) for group in groups.values() for tag in group}


def _singulars(stem: str) -> list[str]:
    """What `stem` would be the plural of."""
    if len(stem) < 5 or stem.endswith("ss"):
        return []
    forms = [stem[:-3] + "y"] if stem.endswith("ies") else []
    forms += [stem[:-2]] if stem.endswith(("ses", "xes", "zes", "ches", "shes")) else []
    return forms + ([stem[:-1]] if stem.endswith("s") else [])


def _listed(answer: str) -> list[str]:
    """The texts of the first JSON list after the thinking, which may stand in a fence or a sentence.

    InsTag's own form, objects such as {"tag": …}, is read too.
    """
    said = split_thinking(answer).answer or ""
    for candidate in (said.strip(), *_LIST.findall(said)):
        try:
            value = json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            value = next((part for part in value.values() if isinstance(part, list)), None)
        if isinstance(value, list):
            texts = [one.get("tag") if isinstance(one, dict) else one for one in value]
            if any(isinstance(text, str) for text in texts):
                return [text for text in texts if isinstance(text, str)]
    return []
