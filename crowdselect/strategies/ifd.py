"""IFD: the responses that an instruction helps a language model least to write.

Li et al., "From Quantity to Quality" (tianyi-lab/Cherry_LLM), and "Superfiltering" (tianyi-lab/Superfiltering).
"""

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.recipe import SelectSpec
from crowdselect.strategies.choice import Choice, by_value
from crowdselect.strategies.signals import dropped, tied_signal
from crowdselect.ties import EQUAL


def ifd(candidates: Candidates, spec: SelectSpec) -> Choice:
    """The highest ratio of mean losses. Above 1, the instruction misleads: such a row is left out, 1 itself stays."""
    values = tied_signal(candidates, "ifd")
    return _highest(candidates, spec, values, (values > 1 + EQUAL) | dropped(candidates, "ifd"))


def ifd_ppl(candidates: Candidates, spec: SelectSpec) -> Choice:
    """The highest ratio of perplexities below 1; a row at 1 or above is left out."""
    values = tied_signal(candidates, "ifd_ppl")
    return _highest(candidates, spec, values, (values >= 1 - EQUAL) | dropped(candidates, "ifd_ppl"))


def _highest(candidates: Candidates, spec: SelectSpec, values: np.ndarray, out: np.ndarray) -> Choice:
    return by_value(candidates, spec, np.where(out, np.nan, values), "top")
