"""What the keys of an on-screen keyboard write: letters by language, capitals, accents, signs."""

from dataclasses import dataclass, replace
from typing import Literal

Layer = Literal["letters", "accents", "signs"]
DIGITS = "1234567890"
_QWERTY = (DIGITS, "qwertyuiop", "asdfghjkl", "zxcvbnm")
_LETTERS = {
    "de": (DIGITS + "ß", "qwertzuiopü", "asdfghjklöä", "yxcvbnm"),
    "fr": (DIGITS, "azertyuiop", "qsdfghjklm", "wxcvbn"),
    "es": (DIGITS, "qwertyuiop", "asdfghjklñ", "zxcvbnm"),
    "cs": (DIGITS, "qwertzuiop", "asdfghjkl", "yxcvbnm"),
    "hu": (DIGITS, "qwertzuiopő", "asdfghjkléá", "yxcvbnmöü"),
    "sv": (DIGITS, "qwertyuiopå", "asdfghjklöä", "zxcvbnm"),
    "nb": (DIGITS, "qwertyuiopå", "asdfghjkløæ", "zxcvbnm"),
    "da": (DIGITS, "qwertyuiopå", "asdfghjklæø", "zxcvbnm"),
}
"""First row to last, for languages whose keyboards differ from the English one."""
_ACCENTS = ("àáâäãåąæçćčďđ", "èéêëęěìíîïğłñ", "ńňòóôöõőøœřśš", "şßťùúûüůűýźżž")
_SIGNS = (DIGITS, "@#%&*()-+=", "/\\:;\"'?!_€", ".,<>[]{}|~£$")


@dataclass(frozen=True, slots=True)
class KeyboardState:
    """Which keys are up."""

    language: str = "en"
    page: Layer = "letters"
    shift: bool = False
    """For the next letter only."""

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """What the keys write, row by row."""
        pages = {
            "letters": _LETTERS.get(self.language, _QWERTY),
            "accents": _ACCENTS,
            "signs": _SIGNS,
        }
        return tuple(tuple(map(self._written, row)) for row in pages[self.page])

    def pressed(self) -> "KeyboardState":
        """After a letter: small ones again."""
        return replace(self, shift=False)

    def shifted(self) -> "KeyboardState":
        """Capitals for one letter, or not after all."""
        return replace(self, shift=not self.shift)

    def turned(self, page: Layer) -> "KeyboardState":
        """Another page, or back to the letters."""
        return replace(self, page="letters" if page == self.page else page)

    def _written(self, letter: str) -> str:
        capital = letter.upper()
        # A sharp s would become two letters.
        return capital if self.shift and len(capital) == 1 else letter
