"""What the browser's Back button does: `one_entry_a_page` is all that the pages need of it."""

from pages._ui.components import mounted


def one_entry_a_page() -> None:
    """Draws nothing. Without JavaScript the browser keeps its own ways."""
    mounted("history", js="history.js")(key="history", height=0)
