"""The synthetic instructions and answers of the demo, from the templates in data/demo.yaml."""

import math
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import yaml

from crowdselect.settings import ROOT

SLOT = re.compile(r"\{(\w+)\}")


@cache
def demo_recipe() -> Mapping[str, Any]:
    """data/demo.yaml."""
    return yaml.safe_load((ROOT / "data" / "demo.yaml").read_text(encoding="utf-8"))


class Instructions(NamedTuple):
    """Distinct texts, and the number of the domain that each is of."""

    texts: list[str]
    domains: np.ndarray  # (n,) int


def instructions(rows: int, rng: np.random.Generator) -> Instructions:
    """`rows` distinct instructions over the domains by their shares, in a random order."""
    recipe = demo_recipe()
    shares = np.array([domain["share"] for domain in recipe["domains"].values()])
    counts = rng.multinomial(rows, shares / shares.sum())
    texts: list[str] = []
    for domain, count in zip(recipe["domains"].values(), counts, strict=True):
        texts += _domain_texts(domain, recipe["endings"], int(count), rng)
    order = rng.permutation(rows)
    return Instructions([texts[place] for place in order], np.repeat(np.arange(len(counts)), counts)[order])


def _domain_texts(domain: Mapping[str, Any], endings: Sequence[str], count: int, rng: np.random.Generator) -> list[str]:
    """Every text has a number (its template's first, plus its choices as digits), so distinct numbers are enough."""
    choices = [[domain["slots"][slot] for slot in SLOT.findall(template)] for template in domain["templates"]]
    sizes = [math.prod(map(len, slots)) * len(endings) for slots in choices]
    firsts = np.cumsum([0, *sizes])
    texts = []
    for number in rng.choice(firsts[-1], count, replace=False):
        which = int(np.searchsorted(firsts, number, side="right")) - 1
        rest, ending = divmod(int(number - firsts[which]), len(endings))
        values = []
        for slot in choices[which]:
            rest, place = divmod(rest, len(slot))
            values.append(slot[place])
        text = SLOT.sub("{}", domain["templates"][which]).format(*values)
        texts.append(f"{text} {endings[ending]}".rstrip())
    return texts


def answers(model: str, asked: pa.Array, lengths: np.ndarray, rng: np.random.Generator) -> pa.Array:
    """One labelled text an instruction: the question, then `lengths` (n,) sentences, at least one."""
    bodies, most = _bodies()
    first = rng.integers(0, len(demo_recipe()["sentences"]), len(lengths))
    body = bodies.take(pa.array(first * most + np.clip(lengths, 1, most) - 1))
    return pc.binary_join_element_wise(f"[synthetic answer by {model}]", "You asked:", asked, body, " ")


@cache
def _bodies() -> tuple[pa.Array, int]:
    """The text that starts at sentence s and has n of them stands at s * most + n - 1."""
    sentences = demo_recipe()["sentences"]
    most = len(sentences)
    ring = [*sentences, *sentences]
    return pa.array([" ".join(ring[s : s + n]) for s in range(most) for n in range(1, most + 1)]), most
