"""Which responses are equal but for white space: looked up in the texts where something turns on it, never held."""

from collections.abc import Sequence

import numpy as np

from crowdselect.store.build import Build

AT_ONCE = 10_000  # pairs whose texts are read together


def same_words(build: Build, keys: np.ndarray, ones: Sequence[str], others: Sequence[str]) -> np.ndarray:
    """(k,) bool: whether ones[i] and others[i], two models, answer instruction keys[i] with the same words."""
    same = np.zeros(len(keys), dtype=bool)
    for first in range(0, len(keys), AT_ONCE):
        part = slice(first, first + AT_ONCE)
        of = _words(build, [int(key) for key in keys[part]], [ones[part], others[part]])
        same[part] = [
            of[int(key), one] == of[int(key), other]
            for key, one, other in zip(keys[part], ones[part], others[part], strict=True)
        ]
    return same


def _words(build: Build, keys: list[int], models: list[Sequence[str]]) -> dict[tuple[int, str], list[str]]:
    """The words of each of the models' responses; the places are found first, so that no other text is read."""
    found = build.query(
        """
        WITH asked AS (SELECT unnest(?::INTEGER[]) AS iid, unnest(?::VARCHAR[]) AS model),
             places AS (SELECT a.rowid FROM answers a JOIN (FROM asked JOIN models USING (model)) USING (iid, mid))
        SELECT iid, model, response FROM answers a JOIN models USING (mid) WHERE a.rowid IN (FROM places)
        """,
        [keys * len(models), [name for names in models for name in names]],
    )
    rows = zip(*(column.to_pylist() for column in found.columns), strict=True)
    return {(key, model): response.split() for key, model, response in rows}
