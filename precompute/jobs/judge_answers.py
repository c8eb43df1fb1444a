"""The score in a judge's answer: a number from 0 to 5 on its first line, or none."""

import re

LOWEST, HIGHEST = 0.0, 5.0
_NUMBER = r"(?P<score>\d+(?:\.\d+)?)(?![\d.,]*\d)(?!\w)(?:\s*(?:/|out of)\s*5(?:\.0+)?(?![\d.]))?"
_LEAD = r"[\s*_#>`\"'(\[]*"
_NAMED = r"(?:(?:the|my|overall|final)\s+)*(?:score|rating)[\s*_`\"']*(?:is|[:=])?"
# A number at the start of the line, alone or before words; what could be another scale or a second score is refused.
_FIRST = re.compile(rf"^{_LEAD}(?:{_NAMED}{_LEAD})?{_NUMBER}(?!\s*(?:/|out of|%|-?\d))", re.IGNORECASE)
_LATER = re.compile(rf"^{_LEAD}{_NAMED}{_LEAD}{_NUMBER}(?!\s*(?:/|out of|%|-?\d))", re.IGNORECASE | re.MULTILINE)


def score_in(answer: str) -> float | None:
    """The score; None where the answer holds none from 0 to 5.

    The first line that is not blank is read, such as `4`, `4.5`, `Score: 4` or `**4/5**`; else the first line that
    names its score.
    """
    match = _FIRST.match(answer.strip().partition("\n")[0]) or _LATER.search(answer)
    if match is None:
        return None
    score = float(match["score"])
    return score if LOWEST <= score <= HIGHEST else None
