"""What a reader sees when something fails: a sentence with a remedy, never a traceback."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from crowdselect.errors import UserError
from pages._ui.text import show_sentence

LOG = logging.getLogger("crowdselect.app")
UNEXPECTED = "This part of the page failed. The details are in the server's log; the rest of the app still works."


@contextmanager
def guarded() -> Iterator[None]:
    """Shows what fails inside, and lets the page go on after it."""
    try:
        yield
    except UserError as error:
        show_text_error(str(error))
    except Exception:
        LOG.exception("A part of a page failed")
        show_text_error(UNEXPECTED)


def show_error(error: BaseException) -> bool:
    """The server's handler for what no page caught. True: nothing more is shown."""
    if isinstance(error, UserError):
        show_text_error(str(error))
    else:
        LOG.error("A page failed", exc_info=error)
        show_text_error(UNEXPECTED)
    return True


def show_text_error(text: str) -> None:
    """A red card. The text may hold names from the data, so it is set as text, not as Markdown."""
    st.error("Something needs your attention", icon=":material/error:")
    show_sentence(text)
