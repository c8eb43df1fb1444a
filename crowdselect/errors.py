"""The one kind of failure a user is shown."""


class UserError(Exception):
    """A failure that its reader can mend: one line that names the value and the remedy."""
