"""What happens at the till that several features take note of."""

from PySide6.QtCore import QObject, Signal


class TillEvents(QObject):
    """Signals of the whole till; slots run in the order in which they were connected."""

    locking = Signal()
    """The till is about to lock: whatever is open is kept on disk."""
    locked = Signal()
    switching = Signal()
    """Another person is about to take the till, with the cart that is open."""
    signed_in = Signal(object)
    """With the `User` who is at the till now."""
    ready = Signal()
    """Everybody has taken note of who signed in: work can begin."""
    paid = Signal(object)
    """With a `selling.done.Done`: a payment is on disk."""
    training_changed = Signal()
    home_shown = Signal()
    """The selling screen is up and has the keyboard."""
