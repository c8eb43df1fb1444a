"""A widget looks up its own value without a copy of the whole session."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from streamlit.runtime.state.safe_session_state import SafeSessionState

Copied = Callable[[SafeSessionState], dict[str, Any]]


class Values(Mapping[str, Any]):
    """What a session holds, by key. One value is looked up; who asks for all of them has the copy."""

    def __init__(self, state: SafeSessionState, copied: Copied) -> None:
        self._state, self._copied = state, copied

    def __getitem__(self, key: str) -> Any:
        with self._state._lock:
            return self._state._state[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._copied(self._state))

    def __len__(self) -> int:
        return len(self._copied(self._state))

    def __repr__(self) -> str:
        return repr(self._copied(self._state))


def look_up_by_key() -> None:
    """Call before the server starts.

    Each number input and each select box asks Streamlit for a dictionary of all that the session holds, to look up one
    key: a tenth of the time of a run with fourteen of them.
    """
    copied: Copied = vars(SafeSessionState)["filtered_state"].fget
    SafeSessionState.filtered_state = property(lambda state: Values(state, copied))  # type: ignore[method-assign,assignment]
