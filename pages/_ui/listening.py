"""Whether the server may start where it is told to listen: beyond this machine only behind a login."""

import ipaddress
import sys

import streamlit as st
from streamlit.config import get_option

from crowdselect.errors import UserError
from crowdselect.settings import on, setting
from crowdselect.terminal import complain
from pages._ui.hosts import known_names

EVERYWHERE = "0.0.0.0"  # noqa: S104  what Streamlit takes where no address is set


def start_or_say_why() -> None:
    """Ends the program with one line where the server would be open to everyone, or a setting cannot be."""
    try:
        address = str(get_option("server.address") or EVERYWHERE)
        known_names(address)
        if not is_this_machine(address) and not has_login():
            raise UserError(
                f"server.address {address} is open to other machines, and there is no login: set CROWDSELECT_PASSWORD,"
                " or [auth] in .streamlit/secrets.toml, or CROWDSELECT_OPEN=1 where a proxy asks for one."
            )
    except UserError as error:
        complain(str(error))
        sys.exit(1)


def is_this_machine(address: str) -> bool:
    """Whether only programs on this machine reach that address."""
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return address.lower().removesuffix(".") == "localhost"


def has_login() -> bool:
    """Whether someone asks who comes: we by a password, Streamlit by its own login, or a proxy before us."""
    return bool(setting("password")) or has_auth() or on("open")


def has_auth() -> bool:
    """Whether Streamlit's own login is configured, in the section [auth] of its secrets."""
    return st.secrets.load_if_toml_exists() and "auth" in st.secrets
