"""What happened, line by line; its hash says whether two runs were the same."""

import hashlib


class Trace:
    """Hashes every line, and keeps them when somebody will want to read them."""

    def __init__(self, *, keep: bool = False) -> None:
        self._hash = hashlib.sha256()
        self._keep = keep
        self.lines: list[str] = []
        self.count = 0

    def __call__(self, line: str) -> None:
        self._hash.update(line.encode())
        self._hash.update(b"\n")
        self.count += 1
        if self._keep:
            self.lines.append(line)

    @property
    def digest(self) -> str:
        """The hash of everything told so far."""
        return self._hash.hexdigest()
