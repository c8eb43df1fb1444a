"""A trainer bundle: the export with all that a trainer asks for, in one zip; the same bytes for the same recipe."""

from typing import IO

import orjson

from crowdselect.errors import UserError
from crowdselect.export.card import data_card
from crowdselect.export.lines import export_rows
from crowdselect.export.manifest import Manifest, manifest
from crowdselect.export.trainers import TRAINERS
from crowdselect.export.trainers.layouts import LAYOUTS
from crowdselect.export.trainers.plan import DATA, Plan
from crowdselect.export.zip_file import Part, write_zip
from crowdselect.selection import Selection
from crowdselect.store.build import Build

BASE_MODEL = "Qwen/Qwen2.5-0.5B-Instruct"
LONGEST = 200  # characters of a base model's name
MANIFEST = "train.manifest.json"


def bundle(selection: Selection, build: Build, out: IO[bytes], base_model: str = BASE_MODEL) -> Manifest:
    """Writes the zip, and gives the manifest of the export in it.

    UserError for an empty selection or no name of a model.
    """
    plan = Plan(selection.recipe.export.format, base_model_name(base_model))
    if not len(selection):
        raise UserError("No row is selected, so there is nothing to bundle; loosen the filters or the pairs' limits.")
    data = _data(selection, build, plan)
    record = manifest(selection, build, DATA, data[DATA].sha256)
    files: dict[str, bytes | Part] = {
        **data,
        MANIFEST: record.to_json(),
        "recipe.yaml": selection.recipe.to_yaml().encode("utf-8"),
    }
    for trainer in TRAINERS.values():
        files |= trainer.configs(plan)
    files["README.md"] = data_card(selection, build, plan, record, sorted(files)).encode("utf-8")
    write_zip(out, sorted(files.items()))
    return record


def base_model_name(text: str) -> str:
    """`text` as the name of a model. UserError where it cannot be one."""
    name = text.strip()
    if not name or len(name) > LONGEST or not name.isprintable():
        raise UserError(f"{text!r:.80} is no name of a base model; give one such as {BASE_MODEL}.")
    return name


def _data(selection: Selection, build: Build, plan: Plan) -> dict[str, Part]:
    """The export, and beside it the layouts for trainers that do not read its format; each row's texts read once."""
    layouts = dict.fromkeys([plan.format, *(name for trainer in TRAINERS.values() for name in trainer.layouts(plan))])
    parts = {name: Part() for name in layouts}
    for row in export_rows(selection, build):
        for name, part in parts.items():
            for line in LAYOUTS[name](row):
                part.write(orjson.dumps(line) + b"\n")
    return {plan.file(name): part for name, part in parts.items()}
