"""One number an instruction: every metric, in the order that pages and tables show them.

To add one: write a file beside this one with a function from arrays to (n,), and name it below.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crowdselect.metrics.concordance import concordance
from crowdselect.metrics.difficulty import difficulty
from crowdselect.metrics.disagreement import disagreement
from crowdselect.metrics.length import length_of_responses
from crowdselect.metrics.reward import reward_max, reward_mean, reward_min
from crowdselect.metrics.separability import separability
from crowdselect.metrics.stability import stability
from crowdselect.zscores import largest_term

if TYPE_CHECKING:
    from crowdselect.candidates import Candidates


@dataclass(frozen=True)
class Metric:
    """What a metric is called, how it is defined, and how it is computed for the candidates of a selection.

    `terms` says how large the numbers were that entered each value, (n,) or one for all, where that is not the value:
    they decide what is a tie (`ties.tied`).
    """

    title: str
    formula: str
    help: str
    compute: Callable[["Candidates"], np.ndarray]
    terms: Callable[["Candidates"], np.ndarray | float] | None = None


METRICS: dict[str, Metric] = {
    "difficulty": Metric(
        "Difficulty",
        "−mean over models of the score",
        "Higher: the crowd answers it worse.",
        lambda c: difficulty(c.scores),
        terms=lambda c: c.largest_score,
    ),
    "separability": Metric(
        "Separability",
        "population variance over models of the score",
        "Higher: it tells the models apart.",
        lambda c: separability(c.scores),
        # a deviation is as certain as the scores that it is the difference of
        terms=lambda c: c.largest_score * np.sqrt(c.metric("separability")),
    ),
    "stability": Metric(
        "Stability",
        "mean over families of Spearman ρ(model size, score)",
        "1: the bigger model of a family always answers better; −1: the smaller one does.",
        lambda c: stability(c.scores, c.families, c.ties),
        terms=lambda c: 1.0,
    ),
    "reward": Metric(
        "Best reward", "max over models of the score", "The score of the best answer.", lambda c: reward_max(c.scores)
    ),
    "reward_mean": Metric(
        "Mean reward",
        "mean over models of the score",
        "Difficulty with its sign turned.",
        lambda c: reward_mean(c.scores),
        terms=lambda c: c.largest_score,
    ),
    "reward_min": Metric(
        "Worst reward", "min over models of the score", "The score of the worst answer.", lambda c: reward_min(c.scores)
    ),
    "length_instruction": Metric(
        "Instruction length",
        "words of the instruction",
        "White-space words.",
        lambda c: c.pool.instruction_words[c.rows].astype(np.float64),
    ),
    "length_response": Metric(
        "Response length",
        "words of the chosen response",
        "White-space words of the response that would be exported.",
        lambda c: length_of_responses(c.pool.response_words[:, c.rows], c.chosen),
    ),
}
# Computed when they are asked for, since they cost more or need more than one reward model: not among a record's
# metrics unless the recipe weighs them. A signal of the same name stands in for them.
ON_DEMAND: dict[str, Metric] = {
    "concordance": Metric(
        "Concordance",
        "(pairs won by the bigger model − by the smaller) / (all pairs + shrink), over pairs of one family with "
        "different sizes",
        "Near 1: the bigger model wins; near −1: the smaller one. A gap under min_gap counts for neither, and shrink "
        "draws rows with few pairs to 0, where stability of two models is 1 or −1 whatever the gap.",
        lambda c: concordance(c.scores, c.families, c.concordance.min_gap, c.concordance.shrink),
    ),
    "disagreement": Metric(
        "Reward models disagree",
        "standard deviation over reward models of a response's z-scores, mean over models",
        "Higher: the reward models are further apart. Needs two reward models.",
        lambda c: disagreement(c.pool)[c.rows],
        terms=lambda c: largest_term(c.pool.scores),
    ),
    "irt_difficulty": Metric(
        "Item-response difficulty",
        "−intercept of score = intercept + slope × ability (two levels: of the log odds, 2PL)",
        "Higher: a model of mean ability answers it worse. Minus the mean score where no score is missing; where some "
        "are, it allows for who answered.",
        lambda c: c.item_response.difficulty.copy(),
        terms=lambda c: c.largest_score,
    ),
    "irt_discrimination": Metric(
        "Item-response discrimination",
        "slope of score = intercept + slope × ability (two levels: of the log odds, 2PL)",
        "What one standard deviation of ability adds. Below 0: abler models answer it worse. Scores of more than two "
        "levels are taken as they are, on a straight line.",
        lambda c: c.item_response.discrimination.copy(),
        terms=lambda c: c.largest_score,
    ),
}
SCORE_METRICS = ("difficulty", "separability", "stability", "concordance", "reward", "reward_mean", "reward_min")
ALL_METRICS = METRICS | ON_DEMAND
