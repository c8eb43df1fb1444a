"""The trainers that a bundle is ready for. To add one: write a file beside this one and name it in TRAINERS.

Checked against the sources of LLaMA-Factory 0.9.5 (data/parser.py, data/converter.py, hparams), TRL 1.16.0
(data_utils.py, scripts) and Axolotl 0.19.0 (utils/schemas, prompt_strategies).
"""

from crowdselect.export.trainers.axolotl import AXOLOTL
from crowdselect.export.trainers.llamafactory import LLAMAFACTORY
from crowdselect.export.trainers.plan import Trainer
from crowdselect.export.trainers.trl import TRL

TRAINERS: dict[str, Trainer] = {"llamafactory": LLAMAFACTORY, "trl": TRL, "axolotl": AXOLOTL}
