"""What a database of schema 1 says of answers: there each signal had one value an instruction, measured of one answer.

IFD noted which answer that was. The judge's score and the tokens were of the best response, as the rule was then, or of
the model that the job's parameters name; where responses or scores have come since, it is not known of which any more,
and the signal counts as one of the instruction.
"""

_IFD = "SELECT iid, mid, '{name}' AS name, {value} AS value FROM ifd_rows WHERE method = '{method}'"

# Blank responses counted too: the mean of z-scores over reward models, within the instruction; ties by model name.
_BEST = """
    WITH standard AS (
        SELECT iid, mid,
            coalesce((score - avg(score) OVER row_of) / nullif(stddev_pop(score) OVER row_of, 0), 0) AS z
        FROM score_values WINDOW row_of AS (PARTITION BY iid, rid)),
    averages AS (SELECT iid, mid, round(avg(z), 9) AS z FROM standard GROUP BY iid, mid)
    SELECT iid, mid FROM answers JOIN models USING (mid) LEFT JOIN averages USING (iid, mid)
    WHERE response IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY iid ORDER BY z DESC NULLS LAST, model) = 1"""
_NAMED = """
    SELECT iid, mid FROM answers JOIN models USING (mid) JOIN named USING (model) WHERE response IS NOT NULL"""
_OF_BEST = """
    WITH made AS (SELECT params->>'response' AS model FROM jobs WHERE job = '{job}' AND output = '{name}'),
    named AS (SELECT model FROM made WHERE model IS NOT NULL),
    since AS (SELECT coalesce(max(stamp), 0) AS stamp FROM stamps WHERE name IN ('responses', 'scores')),
    current AS (SELECT 1 FROM stamps, since WHERE name = 'signals:{name}' AND stamps.stamp > since.stamp),
    answered AS (FROM ({best}) WHERE NOT EXISTS (FROM named) UNION ALL FROM ({of_named}))
    SELECT iid, mid, '{name}' AS name, value FROM signals JOIN answered USING (iid)
    WHERE name = '{name}' AND EXISTS (FROM made) AND EXISTS (FROM current)"""


def _ifd(method: str) -> dict[str, str]:
    dropped = "(reason IS NOT NULL)::INTEGER::DOUBLE"
    return {
        method: _IFD.format(name=method, method=method, value="value"),
        f"{method}_dropped": _IFD.format(name=f"{method}_dropped", method=method, value=dropped),
    }


def _of_best(job: str, name: str) -> dict[str, str]:
    return {name: _OF_BEST.format(job=job, name=name, best=_BEST, of_named=_NAMED)}


# signal -> SQL for iid, mid, name and value of the answers it was measured on; no rows where that is not known
MEASURED: dict[str, str] = {
    **_ifd("ifd"),
    **_ifd("ifd_ppl"),
    **_of_best("judge", "direct_score"),
    **_of_best("tokens", "tokens_response"),
}
