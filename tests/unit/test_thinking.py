"""Thinking is not the answer: what stands after the last closing tag is, and an opened one leaves none."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from precompute.jobs.judge_answers import score_in
from precompute.jobs.tag_answers import tags_in
from precompute.models.endpoint_answer import CallFailed, read
from precompute.models.endpoint_local import LocalChat
from precompute.models.thinking import join_thinking, left_open, split_thinking
from precompute.models_file import Chat
from tests.unit.tiny_models import TEMPLATE, save_causal_model, save_tokenizer

TAGS = [("<think>", "</think>"), ("<THINK>", "</Think>"), ("<thinking>", "</thinking>"),
        ("<reasoning>", "</REASONING>"), ("[THINK]", "[/THINK]"), ("[think]", "[/think]")]  # fmt: skip


@pytest.mark.parametrize(("opening", "closing"), TAGS)
def test_the_answer_stands_after_the_last_closing_tag(opening: str, closing: str) -> None:
    whole = f"{opening}\nScore: 2? No.\n{closing}\n\n5\nFine."
    assert split_thinking(whole) == ("Score: 2? No.", "5\nFine.")
    assert split_thinking(whole.removeprefix(opening)) == ("Score: 2? No.", "5\nFine.")
    assert split_thinking(f"{opening}a{closing} b {opening}c{closing} d").answer == "d"
    assert score_in(whole) == score_in(whole.removeprefix(opening)) == 5
    assert tags_in(f'{opening}["no"]{closing}["yes"]') == ["yes"]
    for cut in (f"{opening}\nScore: 2", f"{opening}a{closing}b\n{opening}Score: 2", f"Well.\n{opening}Score: 2"):
        assert split_thinking(cut).answer is None
        assert score_in(cut) is None
        with pytest.raises(CallFailed, match=r"never closed, so there is no answer; raise max_tokens: '.*Score: 2'"):
            read(cut, "length", None, None)
    with pytest.raises(CallFailed, match="nothing came after its thinking"):
        read(f"{opening}a{closing} \n", "stop", None, None)


@pytest.mark.parametrize("text", ["Paris.", " \n4 ", "", "Use `<think>` and `</think>`.", "I think > you", "</p>"])
def test_a_text_without_thinking_stays_as_it_is(text: str) -> None:
    assert split_thinking(text) == (None, text)


@pytest.mark.slow
def test_a_template_that_opens_the_thinking_is_heeded(tmp_path: Path) -> None:
    """Weights that write at random never close it."""
    messages = [{"role": "user", "content": "Why?"}]
    plain, opens = (save_causal_model(tmp_path / name) for name in ("plain", "opens"))
    save_tokenizer(opens, template=f"{TEMPLATE}<|assistant|><think>\n")
    assert LocalChat(Chat(path=str(plain), params={"max_tokens": 9})).ask(messages).text
    with pytest.raises(CallFailed, match="never closed"):
        LocalChat(Chat(path=str(opens), params={"max_tokens": 9})).ask(messages)


def test_what_a_prompt_leaves_open() -> None:
    assert [left_open(f"a{tag}\n") for tag in ("<think>", "[THINK]", "</think>", "<think></think>")] == [
        "<think>", "[THINK]", "", ""
    ]  # fmt: skip
    assert left_open("") == left_open("<think> b") == ""


@given(st.text(), st.text())
def test_what_is_joined_comes_apart_again(reasoning: str, answer: str) -> None:
    reasoning, answer = reasoning.strip(), answer.lstrip()
    assert split_thinking(join_thinking(reasoning, answer)) == (reasoning, answer)
    assert split_thinking(join_thinking(None, answer)) == (None, answer)
