"""The baselines of other papers: each equals a plain transcription of its published loop, and knows what it lacks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowdselect.errors import UserError
from crowdselect.pool import Pool
from crowdselect.recipe import Recipe
from crowdselect.selection import Selection, gather, select_from
from crowdselect.strategies import similar
from tests.unit.pools import make_pool, signalled_pools, tag_lists


def run(pool: Pool, strategy: str, size: int = 25, **parameters: object) -> Selection:
    document = {"pool": {"missing": "available"}, "select": {"strategy": strategy, "size": size, **parameters}}
    made = Recipe.parse(document)
    return select_from(gather(pool, made.pool, made.response, made.select.seed), made)


def with_signals(n: int, **signals: list[float]) -> Pool:
    return make_pool(np.zeros((1, n)), signals={name: np.array(values) for name, values in signals.items()})


def complexity_first(rows: list[tuple[str, list[str]]], size: int) -> list[str]:
    """InsTag's algorithm 1 as it is printed, over (uuid, tags) in uuid order."""
    left, taken = sorted(rows, key=lambda row: -len(row[1])), list[str]()
    while len(taken) < size:
        covered, before = set[str](), len(taken)
        for row in list(left):
            if len(taken) < size and set(row[1]) - covered:
                covered |= set(row[1])
                taken.append(row[0])
                left.remove(row)
        if len(taken) == before:
            break
    return taken


def one_of_each_then_longest(rows: list[tuple[str, list[str], int]], size: int) -> list[str]:
    """choose_by_tag.py of listentm/CROWDSELECT, over (uuid, tags, words) in uuid order."""
    by_tag: dict[str, list[tuple[str, list[str], int]]] = {}
    for row in rows:
        for tag in row[1]:
            by_tag.setdefault(tag, []).append(row)
    quota, taken = size // max(len(by_tag), 1), list[str]()
    for members in by_tag.values():
        for row in sorted(members, key=lambda row: -row[2]):
            if row[0] not in taken:
                taken.append(row[0])
                if len(taken) >= quota:
                    break
    everyone = [row for members in by_tag.values() for row in members]
    for row in sorted(everyone, key=lambda row: -row[2]):
        if row[0] not in taken:
            taken.append(row[0])
    return taken[:size]


@given(pool=signalled_pools(), size=st.integers(1, 25))
def test_instag_is_its_published_loop(pool: Pool, size: int) -> None:
    found = run(pool, "instag", size)
    rows, lists = found.candidates.rows, tag_lists(pool)
    assert list(found.uuids) == complexity_first([(pool.uuids[row], lists[row]) for row in rows], size)


@given(pool=signalled_pools(), size=st.integers(1, 25))
def test_instag_of_crowdselect_is_its_published_loop(pool: Pool, size: int) -> None:
    found = run(pool, "instag", size, variant="crowdselect")
    lists, words = tag_lists(pool), pool.instruction_words
    rows = [(pool.uuids[row], lists[row], int(words[row])) for row in found.candidates.rows]
    assert list(found.uuids) == one_of_each_then_longest(rows, size)


def test_instag_counts_the_quota_of_each_tag_where_that_is_meant() -> None:
    tags = [["a"], ["a"], ["a"], ["b"], ["b"], ["b"]]
    pool = make_pool(np.zeros((1, 6)), tags=tags, words=np.array([9, 8, 7, 3, 2, 1]))
    assert list(run(pool, "instag", 4, variant="crowdselect").uuids) == ["u0000", "u0001", "u0003", "u0002"]
    assert list(run(pool, "instag", 4, variant="crowdselect_intended").uuids) == ["u0000", "u0001", "u0003", "u0004"]


def test_instag_without_the_order_of_tags_says_what_to_do() -> None:
    pool = make_pool(np.zeros((1, 2)), tags=[["b", "a"], ["a"]])
    pool = Pool(**{**vars(pool), "tag_places": {}})
    assert len(run(pool, "instag", 2)) == 2
    with pytest.raises(UserError, match="attach them again"):
        run(pool, "instag", 2, variant="crowdselect")


@given(
    pool=signalled_pools(), threshold=st.sampled_from([-1.0, 0.0, 0.5, 0.9, 1.0]), block=st.sampled_from([1, 3, 128])
)
def test_deita_is_its_published_loop(pool: Pool, threshold: float, block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(similar, "BLOCK", block)
        found = run(pool, "deita", threshold=threshold, score="separability")
    candidates = found.candidates
    assert pool.vectors is not None
    vectors = pool.vectors(None)[candidates.rows].astype(np.float64)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    values = np.round(candidates.metric("separability"), 12)
    kept: list[int] = []
    for row in np.argsort(-values, kind="stable"):
        fits = all(round(float(units[row] @ units[other]), 9) <= threshold for other in kept)
        if fits and not np.isnan(vectors[row]).any() and not np.isnan(values[row]):
            kept.append(int(row))
    assert found.positions.tolist() == kept


@given(pool=signalled_pools(), size=st.integers(1, 25))
def test_deita_takes_nothing_alike_and_stops_early_without_a_difference(pool: Pool, size: int) -> None:
    """Also over clusters: the walk that ends when every quota is met gives what the walk to the end gives."""
    spread = {"clusters": {"name": "c", "quota": "equal"}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(similar, "BLOCK", 2)
        early = run(pool, "deita", size, threshold=0.5, **spread)
        patch.setattr(similar.Wanted, "met", lambda *_: False)
        late = run(pool, "deita", size, threshold=0.5, **spread)
    assert list(early.uuids) == list(late.uuids)


def test_ifd_leaves_out_what_the_papers_leave_out() -> None:
    values = [0.5, 1.0, 1.0 + 1e-9, float("nan"), 0.9, 0.95]
    pool = with_signals(
        6, ifd=values, ifd_ppl=values, ifd_dropped=[0, 0, 0, 0, 0, 1], ifd_ppl_dropped=[1, 0, 0, 0, 0, 0]
    )
    assert list(run(pool, "ifd").uuids) == ["u0001", "u0004", "u0000"]
    assert list(run(pool, "ifd_ppl").uuids) == ["u0005", "u0004"]


def test_direct_score_takes_either_end_and_ties_go_by_uuid() -> None:
    pool = with_signals(4, direct_score=[5, 3, 5, float("nan")])
    assert list(run(pool, "direct_score").uuids) == ["u0000", "u0002", "u0001"]
    assert list(run(pool, "direct_score", direction="bottom").uuids) == ["u0001", "u0000", "u0002"]


def test_length_in_tokens_is_the_signal() -> None:
    pool = with_signals(3, tokens_response=[1, 9, 5], tokens_instruction=[3, 2, 1])
    assert list(run(pool, "length", unit="tokens").uuids) == ["u0001", "u0002", "u0000"]
    assert list(run(pool, "length", unit="tokens", of="instruction").uuids) == ["u0000", "u0001", "u0002"]


@pytest.mark.parametrize(
    ("select_keys", "message"),
    [
        ({"strategy": "ifd"}, "no signal 'ifd' .* run `python -m precompute run ifd`"),
        ({"strategy": "ifd_ppl"}, "no signal 'ifd_ppl' .* run `python -m precompute run ifd`"),
        ({"strategy": "direct_score"}, "no signal 'direct_score' .* run `python -m precompute run judge`"),
        (
            {"strategy": "length", "unit": "tokens"},
            "run tokens --set tokens.tokenizer=NAME`, .* --column tokens_response",
        ),
        ({"strategy": "instag"}, "no tags .* run `python -m precompute run tag`"),
        ({"strategy": "deita"}, "no embeddings.* `python -m precompute run embed`"),
    ],
)
def test_what_is_missing_is_named_with_the_command_that_makes_it(select_keys: dict, message: str) -> None:
    with pytest.raises(UserError, match=message):
        run(make_pool(np.zeros((2, 4))), **select_keys)


def test_deita_checks_its_threshold_and_its_score() -> None:
    with pytest.raises(UserError, match="threshold: Input should be less than or equal to 1"):
        Recipe.parse({"select": {"strategy": "deita", "threshold": 2}})
    pool = make_pool(np.zeros((2, 4)), vectors=np.ones((4, 2)))
    with pytest.raises(UserError, match="Unknown metric 'x'; choose one of difficulty"):
        run(pool, "deita", score="x")
    assert len(run(pool, "deita", threshold=1.0)) == 4  # equal is not above


def test_a_large_pool_takes_every_row_once() -> None:
    """The next row is found without walking the pool again, so 20,000 rows with one tag each are no square of work."""
    n = 20_000
    tags = [[f"t{row % 7}"] if row % 3 else ["common", f"t{row % 7}"] for row in range(n)]
    found = run(make_pool(np.zeros((1, n)), tags=tags), "instag", n)
    assert len(set(found.uuids)) == n
    assert found.choice.score is not None
    first = found.choice.score[found.positions[:9]].tolist()
    assert first == [2, 2, 2, 2, 2, 2, 2, 2, 2]
