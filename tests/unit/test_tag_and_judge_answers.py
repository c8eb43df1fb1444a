"""What a model answers to tag and judge, read: robustly, and refused where it could mean something else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from precompute.jobs.judge_answers import score_in
from precompute.jobs.tag_answers import LABELS, fold, labels_in, merged, tags_in


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        ("4", 4), ("4.5", 4.5), ("0", 0), ("5.0\nBecause", 5), ("Score: 4", 4), ("score:3.5\n", 3.5), ("**4/5**", 4),
        ("4 / 5", 4), ("4 out of 5", 4), ("\n\n 3\nWell", 3), ("4. It is accurate", 4), ("4 because it is", 4),
        ("My overall rating is 2", 2), ("Sure!\n\n**Score:** 3\nIt", 3), ("**Score**: 1", 1), ("4, for it is", 4),
        ("45", None), ("nan", None), ("-1", None), ("6", None), ("5.5", None), ("4/10", None), ("80%", None),
        ("4,5", None), ("4 5", None), ("four", None), ("", None), ("inf", None), ("1e0", None), ("3 out of 10", None),
        ("The response scores 4", None), ("Score: 45", None), ("1.2.3", None), ("2024 was a year", None),
    ],
)  # fmt: skip
def test_a_score_is_read_or_refused(answer: str, score: float | None) -> None:
    assert score_in(answer) == score


@given(st.text())
def test_any_answer_is_read_without_an_error(text: str) -> None:
    score = score_in(text)
    assert score is None or 0 <= score <= 5
    assert all(tag == fold(tag) and tag for tag in tags_in(text))
    assert set(labels_in(text)) <= set(LABELS)


@pytest.mark.parametrize(
    ("answer", "tags"),
    [
        ('["Problem-Solving", "problem solving", "C++"]', ["problem solving", "c++"]),
        ('```json\n["a b"]\n```', ["a b"]),
        ('Here: ["x"] and ["y"]', ["x"]),
        ('[{"tag": "Travel", "explanation": "to go"}]', ["travel"]),
        ('{"tags": ["one", 2, "three"]}', ["one", "three"]),
        ('["", "  ", "!!"]', []),
        ("travel, poems", []),
        ('["open', []),
        ("[" * 100_000, []),
    ],
)
def test_open_tags_are_read(answer: str, tags: list[str]) -> None:
    assert tags_in(answer) == tags


def test_fixed_labels_are_the_29_of_the_paper() -> None:
    assert len(set(LABELS)) == 29
    assert labels_in('["stem", "Writing", "cooking", "writing"]') == ["STEM", "writing"]
    assert labels_in('["cooking"]') == []


def test_spellings_and_plurals_are_merged_and_rare_tags_dropped() -> None:
    found = [["data base", "poem"], ["database", "poems"], ["database"], ["poem", "glass", "class"], ["queries"]]
    assert merged(found, 1) == [["database", "poem"], ["database", "poem"], ["database"], ["poem", "glass", "class"],
                                ["queries"]]  # fmt: skip
    assert merged(found, 2) == [["database", "poem"], ["database", "poem"], ["database"], ["poem"], []]
    assert merged(list(reversed(found)), 2) == list(reversed(merged(found, 2)))
    assert merged([["queries"], ["query"], ["query"]], 1) == [["query"]] * 3
    assert merged([["poems", "poem"]], 1) == [["poem"]]
    assert merged([], 1) == []
