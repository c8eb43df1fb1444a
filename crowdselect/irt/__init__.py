"""Item response: how hard each instruction is, and how its scores rise with ability, all models at once.

A model of ability t is expected to score intercept + slope x t on an instruction. Ability is in standard deviations of
the crowd (mean 0); the slope is the instruction's discrimination, and below 0 where abler models answer it worse.
Scores of more than two levels are taken as they are, a straight line (the congeneric model: Jöreskog 1971); where
there are two, as 0 and 1, intercept + slope x t is the log odds of the higher: the two-parameter logistic model
(Birnbaum 1968). The slope of an instruction does not depend on how hard it is. Fitted by joint maximum a posteriori,
abilities and instructions in turns. The direction of ability is that in which the models' mean scores rise.
"""

from crowdselect.irt.model import ItemResponse, item_response

__all__ = ["ItemResponse", "item_response"]
