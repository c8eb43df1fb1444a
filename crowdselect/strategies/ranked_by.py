"""Which metrics a strategy ranks by."""

from crowdselect.candidates import Candidates
from crowdselect.recipe import SelectSpec
from crowdselect.strategies import parameters_of
from crowdselect.strategies.reward import METRIC_BY

SAME_NAME = ("difficulty", "separability", "stability", "ifd", "ifd_ppl", "direct_score")


def ranked_by(candidates: Candidates, spec: SelectSpec) -> list[str]:
    """The metrics that the strategy ranks by; none where another rule decides (a draw, tags, embeddings)."""
    known = candidates.all_metric_names
    return [name for name in metrics_of(spec) if name in known]


def metrics_of(spec: SelectSpec) -> list[str]:
    """The same of a recipe, whether a pool has them or not.

    A strategy that is not named here ranks by what its parameter `score` says, unless `score_weight` is 0.
    """
    defaults = {name: field.default for name, field in parameters_of(spec.strategy).items()}
    parameters = defaults | spec.parameters
    weighed = [name for name, weight in spec.weights.items() if weight]
    if spec.strategy == "weighted":
        found = weighed
    elif spec.strategy in SAME_NAME:
        found = [spec.strategy]
    elif spec.strategy == "reward":
        found = [METRIC_BY[parameters["by"]]]
    elif spec.strategy == "length":
        found = [f"tokens_{parameters['of']}" if parameters["unit"] == "tokens" else f"length_{parameters['of']}"]
    elif "score" in parameters and parameters.get("score_weight", 1) != 0:
        found = weighed if parameters["score"] == "weighted" else [str(parameters["score"])]
    else:
        found = []
    return found
