"""What is said of a row that cannot be measured here and now."""


class Pending(Exception):
    """The row needs what is not there; the message says what. Never counts as met."""
