"""A trainer bundle: the export with all that a trainer asks for, in one zip; the same bytes for the same recipe."""

import hashlib
import io
import zipfile
from collections.abc import Mapping

import orjson

from crowdselect.errors import UserError
from crowdselect.export.card import data_card
from crowdselect.export.lines import export_rows
from crowdselect.export.manifest import Manifest, manifest
from crowdselect.export.trainers import TRAINERS
from crowdselect.export.trainers.layouts import LAYOUTS
from crowdselect.export.trainers.plan import DATA, Plan
from crowdselect.selection import Selection
from crowdselect.store.build import Build

BASE_MODEL = "Qwen/Qwen2.5-0.5B-Instruct"
LONGEST = 200  # characters of a base model's name
MANIFEST = "train.manifest.json"
WHEN = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say: no clock is part of its bytes


def bundle(selection: Selection, build: Build, base_model: str = BASE_MODEL) -> tuple[bytes, Manifest]:
    """The zip, and the manifest of the export in it. UserError for an empty selection or no name of a model."""
    plan = Plan(selection.recipe.export.format, base_model_name(base_model))
    if not len(selection):
        raise UserError("No row is selected, so there is nothing to bundle; loosen the filters or the pairs' limits.")
    data = _data(selection, build, plan)
    record = manifest(selection, build, DATA, hashlib.sha256(data[DATA]).hexdigest())
    files = {
        **data,
        MANIFEST: record.to_json(),
        "recipe.yaml": selection.recipe.to_yaml().encode("utf-8"),
    }
    for trainer in TRAINERS.values():
        files |= trainer.configs(plan)
    files["README.md"] = data_card(selection, build, plan, record, sorted(files)).encode("utf-8")
    return zipped(files), record


def base_model_name(text: str) -> str:
    """`text` as the name of a model. UserError where it cannot be one."""
    name = text.strip()
    if not name or len(name) > LONGEST or not name.isprintable():
        raise UserError(f"{text!r:.80} is no name of a base model; give one such as {BASE_MODEL}.")
    return name


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip of the files in name order, without a clock, an owner or anything else of the machine that made it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, WHEN)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(entry, files[name], compresslevel=6)
    return out.getvalue()


def _data(selection: Selection, build: Build, plan: Plan) -> dict[str, bytes]:
    """The export, and beside it the layouts for trainers that do not read its format; each row's texts read once."""
    layouts = dict.fromkeys([plan.format, *(name for trainer in TRAINERS.values() for name in trainer.layouts(plan))])
    parts: dict[str, list[bytes]] = {plan.file(name): [] for name in layouts}
    for row in export_rows(selection, build):
        for name in layouts:
            parts[plan.file(name)] += [orjson.dumps(line) + b"\n" for line in LAYOUTS[name](row)]
    return {file: b"".join(lines) for file, lines in parts.items()}
