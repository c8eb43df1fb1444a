"""The recipe's constraints in this session and in the address: what every page's selection has to keep to.

As with filters, the address is read when it says something new, else the session is written into it.
"""

import json
from typing import Any

import streamlit as st
from pydantic import ValidationError

from crowdselect.bounds import refuse_huge
from crowdselect.constraints.spec import MOST_NAMED, Constraints, Share
from crowdselect.pool import Pool
from crowdselect.strategies.row_lengths import has_lengths
from pages._ui.constraints_values import clusterings, values_of

NAME = "constraints"  # its part of the address
LONGEST = 100_000  # characters of that part
_KEY, _SAID = "_constraints", "_said_constraints"


def constraints() -> Constraints:
    found: Constraints = st.session_state.get(_KEY, Constraints())
    return found


def in_force() -> str:
    """Which kinds of constraints there are, in words; empty for none."""
    now = constraints()
    kinds = {
        "pinned rows": now.pinned, "banned rows": now.banned, "a budget": now.budget, "shares": now.shares,
        "a distance": now.distance, "no near-duplicates": now.duplicates,
    }  # fmt: skip
    return ", ".join(kind for kind, value in kinds.items() if value)


def set_constraints(some: Constraints | None) -> None:
    st.session_state[_KEY] = some or Constraints()


def change(**parts: Any) -> None:
    """New values of some of its keys."""
    set_constraints(Constraints.model_validate({**constraints().model_dump(), **parts}))


def part() -> dict[str, Any] | None:
    """The recipe's key; None where nothing is asked for."""
    return constraints().model_dump(mode="json", exclude_none=True) if constraints() else None


def follow_address() -> list[str]:
    """Call where a page begins. Returns the name of the part where the address says what it cannot mean."""
    said, wrong = st.query_params.get(NAME), []
    if said is not None and said != st.session_state.get(_SAID):
        found = read(said)
        if found is None:
            wrong.append(NAME)
        else:
            set_constraints(found)
    text = write(constraints())
    st.session_state[_SAID] = text
    if text and text != said:
        st.query_params[NAME] = text
    elif not text and said is not None:
        del st.query_params[NAME]
    return wrong


def write(some: Constraints) -> str:
    """As short as JSON gets; empty for none."""
    document = some.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")) if document else ""


def read(text: str) -> Constraints | None:
    """The inverse of `write`; None for what is no constraints."""
    if len(text) > LONGEST:
        return None
    try:
        document = json.loads(text or "{}")
        refuse_huge(document)
        return Constraints.model_validate(document)
    except (ValueError, RecursionError, ValidationError):
        return None


def pin(uuid: str) -> None:
    """A button's callback: the row is in, whatever its rank; and no longer banned."""
    now = constraints()
    if len(now.pinned) < MOST_NAMED:
        change(pinned=(*now.pinned, uuid), banned=tuple(one for one in now.banned if one != uuid))


def ban(uuid: str) -> None:
    """A button's callback: the row is out, whatever its rank; and no longer pinned."""
    now = constraints()
    if len(now.banned) < MOST_NAMED:
        change(banned=(*now.banned, uuid), pinned=tuple(one for one in now.pinned if one != uuid))


def release(uuid: str) -> None:
    """A button's callback: neither."""
    now = constraints()
    change(pinned=tuple(one for one in now.pinned if one != uuid), banned=tuple(o for o in now.banned if o != uuid))


def apply_constraints(wanted: Constraints | None, pool: Pool) -> list[str]:
    """Sets what a recipe asks for, as far as this workspace can; returns what had to be left out, in words."""
    notes: list[str] = []
    some = wanted or Constraints()
    lost = [uuid for uuid in (*some.pinned, *some.banned) if uuid not in pool.row_of]
    if lost:
        notes.append(f"{len(lost):,} of its pinned or banned rows are not in this workspace, such as {lost[0]!r}.")
        pinned, banned = (tuple(uuid for uuid in each if uuid in pool.row_of) for each in (some.pinned, some.banned))
        some = some.model_copy(update={"pinned": pinned, "banned": banned})
    unknown = [share for share in some.shares if not _known(share, pool)]
    for share in unknown:
        notes.append(f"Its share of {share.by} {share.value or share.clustering or ''!r} is of what is not here.")
    some = some.model_copy(update={"shares": tuple(share for share in some.shares if share not in unknown)})
    if some.duplicates and some.duplicates.by not in pool.duplicates:
        notes.append(f"Its near-duplicates by {some.duplicates.by} are not known here; run the job duplicates.")
        some = some.model_copy(update={"duplicates": None})
    if some.budget and not has_lengths(pool, some.budget.unit, some.budget.of):
        notes.append("Its budget is in tokens, which are not counted here; run the job tokens.")
        some = some.model_copy(update={"budget": None})
    set_constraints(some)
    return notes


def _known(share: Share, pool: Pool) -> bool:
    if share.by == "cluster" and share.clustering is not None and share.clustering not in clusterings(pool):
        return False
    known = values_of(pool, share.by, share.clustering)
    if share.by == "cluster" and known:  # a cluster may be meant by its name, too
        called = pool.clusterings[share.clustering or clusterings(pool)[0]].names
        known = {**known, **{name: name for name in called.values()}}
    return bool(known) if share.value is None else share.value in known
