"""Which metrics decide a selection."""

from crowdselect.selection import Selection
from crowdselect.strategies.reward import METRIC_BY

SAME_NAME = ("difficulty", "separability", "stability", "ifd", "ifd_ppl", "direct_score")


def ranks_by(selection: Selection) -> list[str]:
    """The metrics that the selection's strategy ranks by; none where another rule decides (a draw, tags).

    A strategy that is not known here ranks by the metric that its parameter `score` or `metric` names, if any.
    """
    spec, known = selection.recipe.select, selection.candidates.metric_names
    parameters = spec.parameters
    if spec.strategy == "weighted":
        found = [name for name, weight in spec.weights.items() if weight]
    elif spec.strategy in SAME_NAME:
        found = [spec.strategy]
    elif spec.strategy == "reward":
        found = [METRIC_BY[parameters.get("by", "max")]]
    elif spec.strategy == "length":
        of = parameters.get("of", "response")
        found = [f"tokens_{of}" if parameters.get("unit") == "tokens" else f"length_{of}"]
    else:
        default = "reward" if spec.strategy == "deita" else ""
        found = [str(parameters.get("score", parameters.get("metric", default)))]
    return [name for name in found if name in known]
