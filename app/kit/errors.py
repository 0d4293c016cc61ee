"""Errors that are said to a person: one way to act and to say why it was refused."""

from collections.abc import Callable

from localdb.errors import EvertillError


def attempt(action: Callable[[], object], refuse: Callable[[EvertillError], object]) -> bool:
    """Act; false when that was refused, which `refuse` says. A bug goes on to the crash guard."""
    try:
        action()
    except EvertillError as error:
        refuse(error)
        return False
    return True
