"""Every error Evertill raises on purpose.

EvertillError
├── EnvironmentFault      the machine or the disk is at fault; selling may have to stop
│   ├── DiskFull
│   ├── DatabaseBusy      another process holds the file
│   ├── DatabaseCorrupt
│   ├── DatabaseMissing   the file of a till that was set up is gone or empty
│   ├── DatabaseKeyWrong
│   ├── NewerSchema       the file was written by a newer program
│   ├── SQLiteTooOld
│   └── AlreadyRunning    a second process on one data folder
└── Refusal               the user asked for something that cannot be; the message says what to do
    └── ValidationRefusal one message per field

Anything else that is raised is a bug: it goes to the log and the crash report.
"""


class EvertillError(Exception):
    """Base of all; ``str()`` is a sentence a cashier understands."""


class EnvironmentFault(EvertillError):
    """The machine is at fault, not the user."""


class DiskFull(EnvironmentFault):
    """No space left for a write; nothing of it was stored."""


class DatabaseBusy(EnvironmentFault):
    """Another process holds the database."""


class DatabaseCorrupt(EnvironmentFault):
    """The file is damaged; it is never deleted."""


class DatabaseMissing(EnvironmentFault):
    """What a till works with is gone or empty, and what belongs to it is still there."""


class DatabaseKeyWrong(EnvironmentFault):
    """The key does not open the file."""


class NewerSchema(EnvironmentFault):
    """The file was written by a newer program."""


class SQLiteTooOld(EnvironmentFault):
    """This SQLite has the WAL-reset corruption bug."""


class AlreadyRunning(EnvironmentFault):
    """Another Evertill uses this data folder."""


class Refusal(EvertillError):
    """What was asked cannot be done; nothing was changed."""


class ValidationRefusal(Refusal):
    """One or more fields were refused; ``errors`` maps field to message."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {message}" for name, message in errors.items()))
        self.errors = errors
