"""Search by meaning: the encoder's process and the vectors it gives."""

import numpy as np
import pytest

from crowdselect.encoder import Encoder
from crowdselect.errors import UserError
from precompute.models.load_embedder import load_embedder

pytestmark = pytest.mark.slow


def test_vectors_equal_the_embed_jobs_and_hostile_text_is_text() -> None:
    encoder = Encoder("all-MiniLM-L6-v2")
    texts = ["How do I bake bread?", 'quote " newline \n brace {} \u2028', "x" * 5_000]
    try:
        vectors = np.stack([encoder.vector(text) for text in texts])
    finally:
        encoder.close()
    expected = load_embedder("all-MiniLM-L6-v2").embed([text[:2_000] for text in texts])
    np.testing.assert_array_equal(vectors, expected)
    assert not encoder.alive


def test_a_model_that_is_not_there_is_said() -> None:
    encoder = Encoder("/no/such/model")
    with pytest.raises(UserError, match="The embedder '/no/such/model' cannot be loaded"):
        encoder.vector("x")
    encoder.close()
