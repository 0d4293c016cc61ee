"""Every text that a person sees goes through here, so that languages can follow.

Free of Qt: the composition installs `QCoreApplication.translate`. Qt's `lupdate` finds the calls by
the name `translate`, so context and text are literals where it is called.
"""

from collections.abc import Callable

Translator = Callable[[str, str], str]


def _as_written(_context: str, text: str) -> str:
    return text


_translator: list[Translator] = [_as_written]


def install(translator: Translator) -> None:
    """Translate with this from now on; `translator` takes a context and an English text."""
    _translator[0] = translator


def translate(context: str, text: str, **places: object) -> str:
    """A text in the language of the person, with its named `{places}` filled in."""
    said = _translator[0](context, text)
    return said.format(**places) if places else said
