"""Languages: what the job finds, that it goes on where it stopped, and that a filter and a share can use it."""

from pathlib import Path

import numpy as np
import pytest

from crowdselect.candidates import Candidates
from crowdselect.errors import UserError
from crowdselect.filters import matching
from crowdselect.recipe import Filter
from crowdselect.store.pool import load_pool
from precompute.jobs import language
from precompute.models.languages import LANGUAGES, languages_of
from tests.unit.jobs_by_hand import run_job, work_database

TEXTS = {
    "a": "Write a short story about a lighthouse keeper.",
    "b": "Schreibe eine kurze Geschichte über einen Leuchtturmwärter.",
    "c": "Écris une courte histoire sur un gardien de phare.",
    "d": "写一个关于灯塔看守人的短篇故事。",
    "e": "2 + 2 = ?",
    "f": "",
}
WANTED = {"a": "en", "b": "de", "c": "fr", "d": "zh", "e": "und", "f": "und"}


def test_languages_and_what_has_none() -> None:
    found = languages_of([*TEXTS.values(), None], 0.2)
    assert [LANGUAGES[place] for place in found] == [*WANTED.values(), "und"]
    assert languages_of(["Hello there, my friend", "x" * 1_000_000], 1.0)[0] == 0, "none is as certain as that"


def test_every_language_of_the_model_has_a_number() -> None:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    assert set(LanguageIdentifier.from_model_file(MODEL_FILE).labels) <= set(LANGUAGES)
    assert len(set(LANGUAGES)) == len(LANGUAGES)


def test_the_job_goes_on_and_the_pool_knows_the_names(tmp_path: Path) -> None:
    db = work_database(tmp_path, TEXTS)
    params = language.Params(batch_size=2)
    assert run_job(db, language, params, most=1) == 2
    assert run_job(db, language, params) == 4
    assert run_job(db, language, params) == 0
    pool = load_pool(db)
    codes, names = pool.clusterings["language"].codes, pool.clusterings["language"].names
    assert {uuid: names[int(code)] for uuid, code in zip(pool.uuids, codes, strict=True)} == WANTED
    everyone = Candidates(pool, *_all_rows(len(pool)))
    assert list(pool.uuids[matching(everyone, _in("de", "fr"))]) == ["b", "c"]
    with pytest.raises(UserError, match="no language 'nl'; it has"):
        matching(everyone, _in("nl"))
    language.clear(db, "language")
    with pytest.raises(UserError, match="run `python -m precompute run language`"):
        matching(Candidates(load_pool(db), *_all_rows(len(pool))), _in("de"))


def _in(*names: str) -> Filter:
    return Filter.model_validate({"field": "language", "in": names})


def _all_rows(n: int) -> tuple:
    return np.arange(n), (), np.empty((0, n)), np.full(n, -1)
