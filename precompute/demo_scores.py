"""The synthetic scores of the demo: an item-response model, so that each metric means something.

A model's quality on an item is a (theta - b) + noise: `b` is the item's difficulty, `a` its discrimination (how far it
tells models apart), and theta the model's ability: its family's offset, plus the family's knack for the domain and the
item, plus growth (how much size helps here) times log10 of its size. Growth is about 1 for most items, about 0 for
some and negative for a few, so that stability varies. Each reward model sees quality through noise, taste (a liking for
a family) and a scale of its own.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

SLOPE = 0.9  # ability gained by ten times the size
KINDS = {"plain": (0.70, 1.0, 0.30), "flat": (0.20, 0.15, 0.20), "reversed": (0.10, -0.6, 0.30)}  # share, mean, sd


class Items(NamedTuple):
    """What is true of each instruction; the pool shows it only through scores."""

    difficulty: np.ndarray  # b (n,)
    discrimination: np.ndarray  # a (n,), positive
    growth: np.ndarray  # (n,)


class Crowd(NamedTuple):
    """The models in the recipe's order: each family together, small to large."""

    names: list[str]
    family: np.ndarray  # (m,) its number
    offset: np.ndarray  # (m,) its family's offset
    size: np.ndarray  # (m,) log10 of billions of parameters
    knack: np.ndarray  # (families, domains) what a family is better or worse at
    taste: Mapping[str, np.ndarray]  # reward model -> (families,) its liking


def crowd(recipe: Mapping[str, Any], rng: np.random.Generator) -> Crowd:
    rows = [
        (name, number, family["offset"], np.log10(size))
        for number, family in enumerate(recipe["families"].values())
        for name, size in family["models"].items()
    ]
    names, family, offset, size = zip(*rows, strict=True)
    families = len(recipe["families"])
    knack = rng.normal(0, 0.2, (families, len(recipe["domains"])))
    taste = {reward_model: rng.normal(0, 0.15, families) for reward_model in recipe["reward_models"]}
    return Crowd(list(names), np.array(family), np.array(offset), np.array(size), knack, taste)


def items(domains: np.ndarray, recipe: Mapping[str, Any], rng: np.random.Generator) -> Items:
    """Items for instructions of these domains (n,)."""
    base = np.array([domain["difficulty"] for domain in recipe["domains"].values()])
    shares, means, spreads = np.array(list(KINDS.values())).T
    kind = rng.choice(len(KINDS), len(domains), p=shares)
    return Items(
        difficulty=base[domains] + rng.normal(0, 0.8, len(domains)),
        discrimination=rng.lognormal(0, 0.45, len(domains)),
        growth=rng.normal(means[kind], spreads[kind]),
    )


def quality(item: Items, domains: np.ndarray, models: Crowd, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(quality, ability), each (m, n)."""
    knack = models.knack[:, domains]
    knack = knack + rng.normal(0, 0.25, knack.shape)
    grown = SLOPE * item.growth * (models.size[:, None] - 1)  # ten billion is the middle of the crowd
    ability = models.offset[:, None] + knack[models.family] + grown
    noise = rng.normal(0, 0.3, ability.shape)
    return item.discrimination * (ability - item.difficulty) + noise, ability


def scores(
    quality: np.ndarray, models: Crowd, reward_model: str, recipe: Mapping[str, Any], rng: np.random.Generator
) -> np.ndarray:
    """One reward model's scores (m, n) of that quality, to four places below the first of its reach."""
    scale = recipe["reward_models"][reward_model]
    taste = models.taste[reward_model][models.family, None]
    seen = quality + taste + rng.normal(0, scale["noise"], quality.shape)
    decimals = 4 - int(np.floor(np.log10(scale["reach"])))
    return np.round(scale["middle"] + scale["reach"] * np.tanh(seen / scale["stretch"]), decimals)


def sentences(ability: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """How many sentences each answer has: more from abler models."""
    return rng.poisson(3 * np.exp(0.45 * np.clip(ability, -2, 2)))
