"""The cards of Overview: what there is, what ran, what is missing, what was refused."""

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from crowdselect.figures.missing import missing_scores
from crowdselect.figures.score_spread import score_spread
from crowdselect.inventory import covered, missing_share, responses, score_ranges
from crowdselect.pool import Pool
from crowdselect.store import Build
from crowdselect.store.history import embedding_sets, jobs, refused
from pages._ui.address import bound, remember_address
from pages._ui.cards import INGEST, card, chart, nothing, number, short
from pages._ui.text import count, literal, one_line


def number_cards(build: Build, pool: Pool) -> None:
    """Six numbers: how much of everything there is."""
    ranges = score_ranges(pool)
    complete = max((one.complete for one in ranges), default=0)
    families = {model.family for model in pool.models if model.family}
    cells = len(pool) * len(pool.models)
    answered = responses(pool)
    lines, _ = refused(build)
    with st.grid(6, min_column_width=150, key="cards"):
        number(
            "Instructions", f"{len(pool):,}", _sources(pool),
            "Rows of the pool.",
        )  # fmt: skip
        number(
            "Complete rows", f"{complete:,}", _share(complete, len(pool), "of all"),
            help="Instructions with a score for every model of the crowd, under the reward model with most of them.",
        )  # fmt: skip
        number(
            "Models", f"{len(pool.models):,}", count(len(families), "family", "families"),
            help="Whose responses were scored: the crowd.",
        )  # fmt: skip
        number(
            "Responses", f"{answered:,}", _share(answered, cells, "of all pairs"),
            help="Texts that can be exported, of all pairs of an instruction and a model.",
        )  # fmt: skip
        number(
            "Reward models", f"{len(ranges):,}", count(sum(one.scored for one in ranges), "score"),
            "Models that scored the responses.",
        )  # fmt: skip
        number(
            "Refused lines", f"{lines:,}", "reasons below" if lines else "all were read",
            help="Lines of the imported files that could not be used.",
        )  # fmt: skip


def _sources(pool: Pool) -> str:
    named = len(set(pool.sources) - {""})
    return count(named, "source") if named else "no source named"


def _share(part: int, whole: int, what: str) -> str:
    """Never rounded up to all of them."""
    if part in (0, whole):
        return f"{100 if part else 0}% {what}" if whole else "–"
    return f"{part * 1000 // whole / 10:.1f}% {what}"


def missing_card(pool: Pool) -> None:
    """Scores that are not there, model by reward model."""
    with card("Missing scores", help="The share of instructions without that score. Grey: none is missing."):
        if not pool.scores or not pool.models:
            nothing("No scores yet. Ingest responses with scores:", INGEST)
            return
        names = [model.name for model in pool.models]
        share = missing_share(pool)
        if not share.any():
            st.caption(":material/check_circle: No score is missing.")
        chart(missing_scores(names, list(pool.scores), share), "missing", "Missing scores by model and reward model")


def spread_card(pool: Pool) -> None:
    """Each reward model's range, and how it scored every model."""
    with card(
        "Reward models", help="Boxes: 25th, 50th and 75th percentile; whiskers: 5th and 95th.", corner=True
    ) as corner:
        ranges = score_ranges(pool)
        if not ranges:
            nothing("No reward model yet. Ingest responses with scores:", INGEST)
            return
        remember_address()
        names = [one.reward_model for one in ranges]
        with corner:
            shown = bound(
                st.selectbox, "Reward model", names, key="spread", default=names[0], label_visibility="collapsed",
                width=260, help="Whose scores the boxes show.",
            )  # fmt: skip
        one = ranges[names.index(shown)]
        st.caption(
            f"{one.scored:,} of {one.cells:,} cells · lowest {short(one.lowest)} · mean {short(one.mean)} · "
            f"highest {short(one.highest)} · {one.complete:,} complete rows"
        )
        chart(
            score_spread([model.name for model in pool.models], pool.scores[shown]), "spread_chart", "Scores by model"
        )


def next_steps(build: Build, pool: Pool) -> None:
    """What is missing or only part done, each with the command that does it."""
    about = "Jobs whose results are not there, or do not cover every instruction."
    with card("What is missing", help=about, height="content"):
        todo = missing_steps(build, pool)
        if not todo:
            st.caption(":material/check_circle: Embeddings, clusters and maps cover every instruction.")
        for what, command in todo:
            st.caption(literal(what, 200))
            st.code(command, language="bash", wrap_lines=True)


def missing_steps(build: Build, pool: Pool) -> list[tuple[str, str]]:
    """(what, command) for every kind of result that does not cover the pool."""
    found = covered(pool)
    attached = {run.output for run in jobs(build) if run.job == "attach"}
    kinds = (
        ("embeddings", "embeddings", "embed", {each.name: each.rows for each in embedding_sets(build)}),
        ("clusters", "clusters", "cluster", found["clusters"]),
        ("maps", "projections", "project", found["projections"]),
    )
    todo = []
    for what, kind, job, coverage in kinds:
        if not coverage:
            todo.append((f"There are no {what} yet.", f"python -m precompute run {job}"))
        short_of = {name: rows for name, rows in coverage.items() if rows < len(pool)}
        if short_of:
            whole = count(len(pool), "instruction")
            some = ", ".join(f"{name} ({rows:,} of {whole})" for name, rows in short_of.items())
            theirs = all(f"{kind}:{name}" in attached for name in short_of)
            again = f"python -m precompute attach {kind} FILE --name {next(iter(short_of))}"
            todo.append((f"Not all covered: {some}.", again if theirs else f"python -m precompute run {job}"))
    unplaced = [model.name for model in pool.models if not model.family or model.params_b is None]
    if unplaced:
        todo.append(
            (
                f"{count(len(unplaced), 'model has', 'models have')} no family or size, so stability leaves them out.",
                "python -m precompute attach families FILE.csv",
            )
        )
    return todo


def jobs_card(build: Build) -> None:
    """What ran, how long it took and how old it is."""
    with card("Jobs", help="Every result in this build, when it was made and how long that took."):
        ran = jobs(build)
        if not ran:
            nothing("No job has run on this workspace.", "python -m precompute run")
            return
        now = datetime.now(UTC).replace(tzinfo=None)
        frame = pd.DataFrame(
            {
                "Job": [run.job for run in ran],
                "Result": [one_line(run.output) for run in ran],
                "Rows": [run.rows for run in ran],
                "Took": [f"{run.seconds:,.1f} s" if run.finished else "–" for run in ran],
                "Age": [age((now - run.finished).total_seconds()) if run.finished else "not finished" for run in ran],
                "Engine": [run.engine or "–" for run in ran],
            }
        )
        columns = {
            "Result": st.column_config.TextColumn(width=210),
            "Rows": st.column_config.NumberColumn(format="localized"),
        }
        st.dataframe(frame, key="jobs", hide_index=True, alt="Jobs that ran", column_config=columns)


def age(seconds: float) -> str:
    """How long ago, in its largest unit."""
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            return f"{count(int(seconds // length), unit)} ago"
    return "just now"


def refused_card(build: Build) -> None:
    """The lines that were not read, and why."""
    every, lines = refused(build)
    if not every:
        return
    with card("Refused lines", help="File, line and reason. The rest of each file was read."):
        frame = pd.DataFrame(
            {
                "File": [one_line(each.file) for each in lines],
                "Line": [each.line for each in lines],
                "Reason": [one_line(each.reason, 300) for each in lines],
            }
        )
        st.dataframe(frame, key="refused", hide_index=True, alt="Refused lines")
        if every > len(lines):
            st.caption(f"The first {len(lines):,} of {every:,}; all of them are in the workspace's folder `rejects`.")
