"""Pairs of near-duplicates: by MinHash over the texts' character n-grams (datasketch), and by embeddings.

Of all pairs at or above a threshold, those are kept that join the same rows at every higher threshold, too: a maximum
spanning forest. So a thousand copies are 999 links, not half a million.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree

from crowdselect.strategies.embedded import cosines, in_steps

NGRAM = 5  # characters
AT_ONCE = 1024  # rows
HELD = 4_000_000  # pairs in memory before they are thinned out
SLACK = 1e-4  # what float32 may lose of a cosine

Pairs = tuple[np.ndarray, np.ndarray, np.ndarray]  # row, later row, similarity


def by_minhash(texts: Sequence[str], threshold: float, permutations: int, seed: int) -> Pairs:
    """Pairs whose Jaccard similarity, as the share of equal permutations estimates it, is at least `threshold`.

    Texts are compared without case and white space's kind, by their character 5-grams. Candidates come from locality-
    sensitive hashing, which misses a few pairs that lie at the threshold itself.
    """
    grams = [_grams(text) for text in texts]
    first: dict[bytes, int] = {}
    twins = [(first.setdefault(each.tobytes(), row), row) for row, each in enumerate(grams)]
    same = [(one, row) for one, row in twins if one != row]
    exact = (np.array([one for one, _ in same]), np.array([row for _, row in same]), np.ones(len(same)))
    lone = [row for one, row in twins if one == row and len(grams[row])]
    return _thinned([exact, *_hashed([grams[row] for row in lone], np.array(lone), threshold, permutations, seed)],
                    len(texts))  # fmt: skip


def _grams(text: str) -> np.ndarray:
    """(k,) uint32, ascending: hashes of the different 5-grams; one for a shorter text, none for an empty one."""
    plain = " ".join(text.casefold().split())
    codes = np.frombuffer(plain.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    if not len(codes):
        return np.empty(0, np.uint32)
    width = min(NGRAM, len(codes))
    mixed = np.zeros(len(codes) - width + 1, np.uint64)
    for place in range(width):
        mixed = (mixed + codes[place : len(codes) - width + 1 + place] + 1) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return np.unique((mixed >> np.uint64(32)).astype(np.uint32))


def _hashed(
    grams: Sequence[np.ndarray], rows: np.ndarray, threshold: float, permutations: int, seed: int
) -> Iterator[Pairs]:
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=threshold, num_perm=permutations)
    signatures = np.empty((len(grams), permutations), np.uint32)
    hashes = MinHash.generator((each.tolist() for each in grams), num_perm=permutations, seed=seed, hashfunc=int)
    for place, each in enumerate(hashes):
        signatures[place] = each.hashvalues
        before = np.array(sorted(index.query(each)), dtype=np.int64)
        index.insert(place, each)
        if len(before):
            alike = (signatures[before] == signatures[place]).mean(axis=1)
            near = alike >= threshold
            yield rows[before[near]], np.full(int(near.sum()), rows[place]), alike[near]


def by_embedding(vectors: np.ndarray, threshold: float) -> Pairs:
    """Pairs of rows of `vectors` (n, dim) float32 whose cosine similarity is at least `threshold`."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)

    def blocks() -> Iterator[Pairs]:
        for start in range(0, len(units), AT_ONCE):
            block = units[start : start + AT_ONCE]
            for other in range(start, len(units), 16 * AT_ONCE):
                near = block @ units[other : other + 16 * AT_ONCE].T >= threshold - SLACK
                one, two = np.nonzero(near)
                later = one + start < two + other
                yield from _certain(vectors, one[later] + start, two[later] + other, threshold)

    return _thinned(blocks(), len(vectors))


def _certain(vectors: np.ndarray, one: np.ndarray, two: np.ndarray, threshold: float) -> Iterator[Pairs]:
    """Those pairs again with products that no order of summing changes."""
    for start in range(0, len(one), AT_ONCE):
        first, second = one[start : start + AT_ONCE], two[start : start + AT_ONCE]
        alike = cosines((in_steps(vectors[first])[0] * in_steps(vectors[second])[0]).sum(axis=1))
        near = alike >= threshold
        yield first[near], second[near], alike[near]


def _thinned(parts: Iterable[Pairs], n: int) -> Pairs:
    """The forest of all parts, its pairs ascending."""
    held: list[Pairs] = []
    count = 0
    for part in parts:
        held.append(part)
        count += len(part[0])
        if count > HELD:
            held = [_forest(held, n)]
            count = len(held[0][0])
    return _forest(held, n)


def _forest(parts: Sequence[Pairs], n: int) -> Pairs:
    one, two, alike = (np.concatenate([part[nth] for part in parts] or [np.empty(0)]) for nth in range(3))
    one, two = one.astype(np.int64), two.astype(np.int64)
    graph = coo_array((2.0 - alike, (one, two)), shape=(n, n)).tocsr()
    tree = minimum_spanning_tree(graph).tocoo()
    order = np.lexsort((tree.col, tree.row))
    return tree.row[order], tree.col[order], np.round(2.0 - tree.data[order], 7)
