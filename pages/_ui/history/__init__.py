"""What the browser's Back button does: `one_entry_a_page` is all that the pages need of it."""

from pathlib import Path

from pages._ui.components import mounted

HERE = Path(__file__).parent


def one_entry_a_page() -> None:
    """Draws nothing. Without JavaScript the browser keeps its own ways."""
    mounted("history", HERE, js="history.js")(key="history", height=0)
