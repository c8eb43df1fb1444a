"""The pairs of a correlation matrix, strongest first: what a table lists and what a headline names."""

from dataclasses import dataclass

import numpy as np

from crowdselect.correlations import Correlations

SURE = 0.001


@dataclass(frozen=True)
class Pair:
    """Two columns by their places in the matrix, the first before the second; NaN where there is no coefficient."""

    first: int
    second: int
    coefficient: float
    p_value: float
    q_value: float
    n: int

    @property
    def known(self) -> bool:
        return not np.isnan(self.coefficient)


def pairs(found: Correlations) -> list[Pair]:
    """Every pair off the diagonal once, by the size of its coefficient; those without one last."""
    first, second = np.triu_indices(len(found.names), 1)
    strength = np.abs(found.coefficient[first, second])
    order = np.argsort(np.where(np.isnan(strength), 1.0, -strength), kind="stable")
    return [
        Pair(
            i,
            j,
            float(found.coefficient[i, j]),
            float(found.p_value[i, j]),
            float(found.q_value[i, j]),
            int(found.n[i, j]),
        )
        for i, j in zip(first[order].tolist(), second[order].tolist(), strict=True)
    ]


def most_alike(listed: list[Pair]) -> Pair | None:
    """The pair with the highest coefficient, where one is above 0."""
    return next((pair for pair in listed if pair.known and pair.coefficient > 0), None)


def most_opposed(listed: list[Pair]) -> Pair | None:
    """The pair with the lowest coefficient, where one is below 0."""
    return next((pair for pair in listed if pair.known and pair.coefficient < 0), None)


def p_text(p: float) -> str:
    """A p- or q-value as it is; below what a float can hold well, that is said."""
    if np.isnan(p):
        return "–"
    return "< 1e-300" if p < 1e-300 else f"{p:.2e}" if p < 0.001 else f"{p:.4f}"


def p_sentence(p: float, letter: str = "p") -> str:
    """`p = 0.0123`, or `p < 1e-300`."""
    text = p_text(p)
    return f"{letter} {text}" if text.startswith("<") else f"{letter} = {text}"


def stars(p: float) -> str:
    """*** below 0.001, ** below 0.01, * below 0.05."""
    return "" if np.isnan(p) else "***" if p < 0.001 else "**" if p < 0.01 else "*" if p < 0.05 else ""
