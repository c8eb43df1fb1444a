"""A judge's answer, read as a whole: the score that it means, or none; a wrong one never."""

import itertools

import pytest

from precompute.jobs.judge_answers import score_in

NAMES = ["", "Score: ", "**Score:** ", "score = ", "My overall rating is ", "The final score is ", "Accuracy: "]
NUMBERS = ["0", "1", "2.5", "4", "5", "5.0"]
OWN = ["", "/5", " / 5", " out of 5", "/5.0", " out of five", " out of 5 stars"]
OTHERS = ["/10", " / 100", " out of 10", " (out of 10)", " stars out of 10", " out of ten", "%", " (80%)", "-5",
          " or 3", " to 5", ",5", " and a half", " points", "½", " 3", " (on a scale of 1 to 10)",
          " on a ten-point scale", " of 10", "+", " errors were found"]  # fmt: skip
WRAPS = ["{}", "**{}**", "`{}`", "\n\n{}", "({})", '"{}"', "# {}", "{}."]
LATER = ["", "\nBecause it is complete.", "\n\nIt answers both parts.", "\n\nScore: {}", "\n\nFinal score: {}/5"]


def test_every_way_to_say_a_score_is_read() -> None:
    for name, number, own, wrap, later in itertools.product(NAMES, NUMBERS, OWN, WRAPS, LATER):
        answer = wrap.format(f"{name}{number}{own}") + later.format(number)
        assert score_in(answer) == float(number), answer


def test_no_other_scale_and_no_second_score_is_taken_for_one() -> None:
    for name, number, other, wrap in itertools.product(NAMES, NUMBERS, OTHERS, WRAPS):
        answer = wrap.format(f"{name}{number}{other}")
        assert score_in(answer) is None, answer
    for name, number, wrap in itertools.product(NAMES, NUMBERS, WRAPS):
        for later in ("\n\nScore: 3", "\nFinal rating: 3/5", "\n3", "\n\nOn reflection, my final score is 3."):
            answer = wrap.format(f"{name}{number}") + later
            assert score_in(answer) is None, answer
        for scale in ("\n(on a scale of 1 to 10)", "\nThat is 8/10.", "\nMaximum: 10", "\nHalf of it: 3 out of 6."):
            answer = wrap.format(f"{name}{number}") + scale
            assert score_in(answer) is None, answer


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        ("0-5 scale: 4", 4), ("On a scale of 0 to 5, I would give it a 4 out of 5.", 4), ("Score (0-5): 4", 4),
        ("Rating (1–5): 3.5", 3.5), ("I would give it a 4 out of 5", 4), ("I'd rate this response 3/5.", 3),
        ("4, for it is complete", 4), ("4 because it is", 4), ("4 - excellent", 4), ("4 (good)", 4),
        ("4\nA score of 5 would need a source.", 4), ('{"score": 4}', 4), ('```json\n{"score": 4}\n```', 4),
        ("Sure, here it is.\n\n**Score:** 3\nIt", 3), ("4. It is accurate", 4), ("4\nScore: 4", 4),
        ("1. The response is right.", None), ("1) It is right.", None), ("2. Style: 3\n3. Truth: 5", None),
        ("1. Accuracy: 5\n2. Style: 3", None), ("5 stars", None), ("0-5", None), ("1-5 scale", None),
        ("3 errors were found: the score is 1", None), ("The response scores 4", None), ("four", None),
        ("It got 4 out of 5 facts right", None), ("I'd give 4 out of 5 facts a pass", None), ("$4", None),
        ("Accuracy: 4\nHelpfulness: 2", None), ('{"score": 4, "max_score": 10}', None),
        ('{\n "score": 4,\n "max_score": 10\n}', None), ("Score: -1", None), ("-1", None), ("~4", None),
        ("between 3 and 4", None), ("4/5/2024", None), ("4 or 5, it is hard to say", None), (">4", None),
        ("Score: 6", None), ("4 (where ten is the best)", None), ("Score (1-10): 4", None), ("Score: 4, of ten", None),
        ("The score is 3 or 4.", None), ("4/5 on truth, 3/5 on style", None),
        ("Score: N/A", None), ("Score:", None), ("5\n\nActually:\n\nScore: 2", None),
    ],
)  # fmt: skip
def test_a_score_is_read_right_or_refused(answer: str, score: float | None) -> None:
    assert score_in(answer) == score


def test_a_long_answer_is_read_in_no_time() -> None:
    """What a pattern would go through again and again: no test of time, but one that would not end."""
    for piece in ("give rate ", "score ", "9", " ", "( ", "maximum ", "1-", "* "):
        assert score_in(piece * 20_000) is None
