"""A widget's look-up of its value: the same answers as from Streamlit's copy of the session, without the copy."""

import pytest
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState

from pages._ui import session


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> SafeSessionState:
    made = SessionState()
    state = SafeSessionState(made, lambda: None)
    state["size"], state["limit"] = 50, None
    monkeypatch.setattr(SafeSessionState, "filtered_state", SafeSessionState.filtered_state)
    session.look_up_by_key()
    return state


def test_it_holds_what_the_copy_holds(state: SafeSessionState) -> None:
    found = state.filtered_state
    assert isinstance(found, session.Values)
    assert dict(found) == {"size": 50, "limit": None} == SessionState.filtered_state.fget(state._state)  # type: ignore[attr-defined]
    assert (len(found), "limit" in found, found["limit"], "seed" in found) == (2, True, None, False)
    assert repr(found) == repr(dict(found))


def test_one_value_is_looked_up_without_a_copy(state: SafeSessionState, monkeypatch: pytest.MonkeyPatch) -> None:
    def copied(_: SessionState) -> dict[str, object]:
        raise AssertionError("the whole session was copied")

    found = state.filtered_state
    monkeypatch.setattr(SessionState, "filtered_state", property(copied))
    assert found["size"] == 50
    with pytest.raises(AssertionError, match="whole session"):
        len(found)
