"""Every model's response to one instruction: one element on the page, however many models there are.

As an expander and a text each, twenty responses were most of what a browser drew again with every click.
"""

import streamlit as st

from crowdselect.selection import Selection, crowd_scores
from crowdselect.store import Build
from crowdselect.store.texts import Answer, responses
from pages._ui.cards import short
from pages._ui.components import mounted
from pages._ui.text import MOST, count, literal, whole_button

Ranked = list[tuple[float, Answer]]


def ranked_responses(selection: Selection, build: Build, row: int) -> Ranked:
    """The responses to pool row `row`, each with its score under the recipe: the highest first, equal ones by name."""
    pool = selection.candidates.pool
    scores, _ = crowd_scores(pool, selection.recipe.pool.reward_model)
    score_of = {model.name: float(score) for model, score in zip(pool.models, scores[:, row], strict=True)}
    [answers] = responses(build, pool.keys_of([row]))
    return sorted(((score_of[answer.model], answer) for answer in answers), key=_order)


def response_list(ranked: Ranked, row: int, height: int) -> None:
    """The first is open, the others open by a click, in a box `height` pixels high."""
    lines = []
    long = []
    for score, answer in ranked:
        whole = f"whole_{row}_{answer.model}"
        text = answer.response
        if len(text) > MOST:
            long.append((whole, answer))
            text = text if st.session_state.get(whole) else text[:MOST]
        lines.append([short(score), answer.model, count(answer.n_words, "word"), text])
    with st.container(height=height, border=False, key="responses", gap="xsmall"):
        mounted("responses", js="responses.js", css="responses.css")(
            key="response_list", data={"row": row, "responses": lines}
        )
        for whole, answer in long:
            whole_button(len(answer.response), whole, literal(answer.model))


def _order(scored: tuple[float, Answer]) -> tuple[bool, float, str]:
    """Highest first, those without a score last, equal ones by name."""
    score, answer = scored
    return (score != score, -score if score == score else 0.0, answer.model)
