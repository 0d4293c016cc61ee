"""The command line: ``evertill``, ``evertill enrol``, ``restore``, ``demo`` and ``selftest``."""

import argparse
import gc
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from localdb.errors import EvertillError

if TYPE_CHECKING:
    from app.bootstrap.window import TillWindow


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; gives the exit status. Imports only what the chosen command needs."""
    arguments = _parser().parse_args(argv)
    try:
        return _run(arguments)
    except EvertillError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run(arguments: argparse.Namespace) -> int:
    match arguments.command:
        case "demo":
            from app.demo import command

            return command.run(arguments)
        case "selftest":
            from app.bootstrap import selftest

            return selftest.run(arguments.data_dir)
        case "enrol":
            from app.bootstrap import enrol_command

            return enrol_command.run(arguments)
        case "restore":
            from app.bootstrap import restore_command

            return restore_command.run(arguments)
        case _:
            # What is imported stays; to look for garbage in it costs a twelfth of the start.
            gc.disable()
            from app.bootstrap import program

            return program.run(
                arguments.data_dir,
                arguments.pin_hint,
                connect=_connect_demo if arguments.pin_hint else None,
                until_stdin_ends=arguments.until_stdin_ends,
            )


def _connect_demo(till: "TillWindow") -> None:
    from app.demo.menu import connect

    connect(till)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="evertill", description="An offline-first point of sale. Alone: opens this till."
    )
    parser.add_argument("--data-dir", type=Path, help="keep this till's data here")
    parser.add_argument("--pin-hint", default="", help=argparse.SUPPRESS)
    parser.add_argument("--until-stdin-ends", action="store_true", help=argparse.SUPPRESS)
    commands = parser.add_subparsers(dest="command")
    _add_enrol(commands.add_parser("enrol", help="join a server, with all this till ever did"))
    _add_restore(
        commands.add_parser("restore", help="put a backup in the place of this till's data")
    )
    _add_demo(commands.add_parser("demo", help="a whole shop on this machine, server included"))
    selftest = commands.add_parser("selftest", help="sell one item stand-alone and print it")
    selftest.add_argument("--data-dir", type=Path, required=True)
    return parser


def _add_enrol(enrol: argparse.ArgumentParser) -> None:
    # Not to overwrite what was said before the command.
    enrol.add_argument("--data-dir", type=Path, default=argparse.SUPPRESS, help="of this till")
    enrol.add_argument("--server", required=True, help="such as https://pos.example.com")
    enrol.add_argument("--code", required=True, help="an enrolment code of that server")
    enrol.add_argument("--till-name", default="Till")


def _add_restore(restore: argparse.ArgumentParser) -> None:
    restore.add_argument("--data-dir", type=Path, default=argparse.SUPPRESS, help="of this till")
    restore.add_argument(
        "backup",
        type=Path,
        nargs="?",
        help="the file of a backup; it is only read. Without one, --recovery-key gives this till's"
        " data its key back",
    )
    restore.add_argument(
        "--recovery-key", action="store_true", help="ask for the key of the recovery sheet"
    )


def _add_demo(demo: argparse.ArgumentParser) -> None:
    demo.add_argument("--data-dir", type=Path, help="keep everything between runs (else temporary)")
    demo.add_argument(
        "--tills", type=_Bounded(1, 20), help="how many tills (1 to 20): 1 window, or 2 headless"
    )
    demo.add_argument("--headless", action="store_true", help="ring a day of trade, no windows")
    demo.add_argument(
        "--sales", type=_Bounded(0, 1_000_000), default=200, help="sales to ring (headless)"
    )
    demo.add_argument("--catalogue", type=Path, help="a CSV instead of the sample catalogue")
    demo.add_argument("--report", type=Path, help="write the outcome as JSON (headless)")


class _Bounded:
    """A whole number within bounds, for argparse."""

    def __init__(self, low: int, high: int) -> None:
        self._low, self._high = low, high

    def __call__(self, text: str) -> int:
        number = int(text)
        if not self._low <= number <= self._high:
            raise argparse.ArgumentTypeError(f"must be {self._low} to {self._high}")
        return number


if __name__ == "__main__":
    sys.exit(main())
