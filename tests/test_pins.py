"""The versions that were tested together are all written down."""

import tomllib
from importlib.metadata import distributions
from pathlib import Path

OWN = "evertill"


def test_everything_that_is_installed_here_is_pinned() -> None:
    """A package without a constraint could be another one tomorrow, and break a till."""
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    pins = project["tool"]["uv"]["constraint-dependencies"]
    pinned = {pin.partition("==")[0] for pin in pins if "==" in pin}
    installed = {
        found.name.lower().replace("_", "-").replace(".", "-") for found in distributions()
    }
    assert installed - pinned <= {OWN, "pip"}
