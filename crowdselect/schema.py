"""What stands in a workspace's database: lean tables with integer keys, and the public views over them.

The views (and the tables without keys) are the contract: scripts read `instructions`, `models`, `responses`,
`scores`, `signals`, `response_signals`, `metrics`, `embeddings`, `clusters`, `projections`, `tags`, `rejects` and
`jobs`. Columns may be added.
"""

from collections.abc import Sequence

SCHEMA_VERSION = 2  # an older workspace is migrated by its first writer; builds of version 1 can still be read
MIGRATED_FROM = "migrated_from"  # the meta key of the version that a migrated workspace was made with

# No table carries an index: the merge that fills them keeps keys unique, and an index slows every read and write.
TABLES = """
CREATE TABLE IF NOT EXISTS meta(key VARCHAR, value VARCHAR);
CREATE TABLE IF NOT EXISTS stamps(name VARCHAR, stamp BIGINT);
CREATE TABLE IF NOT EXISTS files(file_id INTEGER, path VARCHAR, sha256 VARCHAR, format VARCHAR, position BIGINT,
    read BIGINT, kept BIGINT, rejected BIGINT, finished TIMESTAMP);
CREATE TABLE IF NOT EXISTS rejects(file VARCHAR, line BIGINT, reason VARCHAR);
CREATE TABLE IF NOT EXISTS unused_fields(file_id INTEGER, field VARCHAR, rows BIGINT);
CREATE TABLE IF NOT EXISTS instructions(iid INTEGER, uuid VARCHAR, instruction VARCHAR, source VARCHAR, extra VARCHAR,
    n_words INTEGER, file_id INTEGER, line BIGINT, prompt VARCHAR, tools VARCHAR, n_turns INTEGER);
CREATE TABLE IF NOT EXISTS models(mid SMALLINT, model VARCHAR, family VARCHAR, params_b DOUBLE, origin VARCHAR);
CREATE TABLE IF NOT EXISTS reward_models(rid SMALLINT, reward_model VARCHAR);
CREATE TABLE IF NOT EXISTS answers(iid INTEGER, mid SMALLINT, response VARCHAR, n_words INTEGER, extra VARCHAR,
    file_id INTEGER, line BIGINT, reasoning VARCHAR, tool_calls VARCHAR);
CREATE TABLE IF NOT EXISTS score_values(iid INTEGER, mid SMALLINT, rid SMALLINT, score DOUBLE);
CREATE TABLE IF NOT EXISTS embedding_sets(set_id SMALLINT, field VARCHAR, embedder VARCHAR, dim INTEGER,
    origin VARCHAR);
CREATE TABLE IF NOT EXISTS vectors(iid INTEGER, set_id SMALLINT, vector FLOAT[]);
CREATE TABLE IF NOT EXISTS cluster_members(iid INTEGER, clustering VARCHAR, cluster INTEGER);
CREATE TABLE IF NOT EXISTS cluster_names(clustering VARCHAR, cluster INTEGER, name VARCHAR);
CREATE TABLE IF NOT EXISTS points(iid INTEGER, projection VARCHAR, x FLOAT, y FLOAT);
CREATE TABLE IF NOT EXISTS score_metrics(iid INTEGER, rid SMALLINT, n_scores SMALLINT, difficulty DOUBLE,
    separability DOUBLE, stability DOUBLE, stability_original DOUBLE,
    reward DOUBLE, reward_mean DOUBLE, reward_min DOUBLE,
    length_instruction DOUBLE, length_response DOUBLE, mid SMALLINT, concordance DOUBLE);
CREATE TABLE IF NOT EXISTS instruction_signals(iid INTEGER, name VARCHAR, value DOUBLE);
CREATE TABLE IF NOT EXISTS answer_signals(iid INTEGER, mid SMALLINT, name VARCHAR, value DOUBLE);
CREATE TABLE IF NOT EXISTS ifd_rows(iid INTEGER, method VARCHAR, mid SMALLINT, value DOUBLE, loss_alone DOUBLE,
    loss_conditioned DOUBLE, reason VARCHAR);
CREATE TABLE IF NOT EXISTS tag_values(iid INTEGER, tag VARCHAR, place INTEGER);
CREATE TABLE IF NOT EXISTS duplicate_sets(method VARCHAR, threshold DOUBLE);
CREATE TABLE IF NOT EXISTS duplicate_links(method VARCHAR, iid INTEGER, other INTEGER, similarity DOUBLE);
CREATE TABLE IF NOT EXISTS calls(job VARCHAR, iid INTEGER, name VARCHAR, payload VARCHAR, answer VARCHAR,
    finish VARCHAR, tokens_in INTEGER, tokens_out INTEGER);
CREATE TABLE IF NOT EXISTS digests(name VARCHAR, digest VARCHAR, stamp BIGINT);
CREATE TABLE IF NOT EXISTS jobs(job VARCHAR, output VARCHAR, params VARCHAR, version INTEGER, rows BIGINT,
    started TIMESTAMP, finished TIMESTAMP, engine VARCHAR, fingerprint VARCHAR);
"""

VIEWS = """
CREATE OR REPLACE VIEW responses AS
    SELECT i.uuid, m.model, a.response, a.n_words, a.extra, a.reasoning, a.tool_calls
    FROM answers a JOIN instructions i USING (iid) JOIN models m USING (mid);
CREATE OR REPLACE VIEW scores AS
    SELECT i.uuid, m.model, r.reward_model, s.score
    FROM score_values s JOIN instructions i USING (iid) JOIN models m USING (mid) JOIN reward_models r USING (rid);
CREATE OR REPLACE VIEW signals AS
    SELECT i.uuid, g.name, g.value FROM instruction_signals g JOIN instructions i USING (iid);
CREATE OR REPLACE VIEW response_signals AS
    SELECT i.uuid, m.model, g.name, g.value
    FROM answer_signals g JOIN instructions i USING (iid) JOIN models m USING (mid);
CREATE OR REPLACE VIEW embeddings AS
    SELECT i.uuid, e.field, e.embedder, v.vector
    FROM vectors v JOIN instructions i USING (iid) JOIN embedding_sets e USING (set_id);
CREATE OR REPLACE VIEW clusters AS
    SELECT i.uuid, c.clustering, c.cluster FROM cluster_members c JOIN instructions i USING (iid);
CREATE OR REPLACE VIEW projections AS
    SELECT i.uuid, p.projection, p.x, p.y FROM points p JOIN instructions i USING (iid);
CREATE OR REPLACE VIEW tags AS
    SELECT i.uuid, t.tag, t.place FROM tag_values t JOIN instructions i USING (iid);
CREATE OR REPLACE VIEW duplicates AS
    SELECT d.method, i.uuid, o.uuid AS other, d.similarity
    FROM duplicate_links d JOIN instructions i USING (iid) JOIN instructions o ON o.iid = d.other;
"""


def quoted(name: str) -> str:
    """`name` as a DuckDB identifier, whatever characters it holds."""
    return '"' + name.replace('"', '""') + '"'


def metrics_view(signals: Sequence[str], response_signals: Sequence[str] = ()) -> str:
    """The view `metrics`: a row an instruction and reward model, with the signals of the best response by that reward
    model; then a row without a reward model for each instruction with signals of its own."""
    best, its_signals = "", ""
    if response_signals:
        its_signals = ", " + ", ".join(f"b.{quoted(name)}" for name in response_signals)
        best = f"""LEFT JOIN (SELECT iid, mid, {_columns(response_signals)} FROM answer_signals g GROUP BY iid, mid) b
            USING (iid, mid)"""  # noqa: S608  names are quoted
    score_rows = f"""
        SELECT i.uuid, r.reward_model, s.* EXCLUDE (iid, rid, mid){its_signals}
        FROM score_metrics s JOIN instructions i USING (iid) JOIN reward_models r USING (rid) {best}"""  # noqa: S608
    if not signals:
        return f"CREATE OR REPLACE VIEW metrics AS {score_rows}"
    return f"""CREATE OR REPLACE VIEW metrics AS {score_rows}
        UNION ALL BY NAME
        SELECT i.uuid, NULL::VARCHAR AS reward_model, {_columns(signals)}
        FROM instruction_signals g JOIN instructions i USING (iid) GROUP BY i.uuid"""  # noqa: S608


def _columns(signals: Sequence[str]) -> str:
    """A column a signal, out of the rows of a table `g` with name and value."""
    literals = ["'" + name.replace("'", "''") + "'" for name in signals]
    return ", ".join(
        f"max(g.value) FILTER (g.name = {literal}) AS {quoted(name)}"
        for literal, name in zip(literals, signals, strict=True)
    )
