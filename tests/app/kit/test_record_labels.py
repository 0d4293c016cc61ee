"""The labels of records and fields stand where a tool for translators finds them."""

import ast

from app.kit.record_labels import record_labels
from app.kit.translation import translate
from tests.app.kit.write_record_labels import FILE, declared


def found() -> list[tuple[object, ...]]:
    """Context and text of each call of `translate` in the module, as a tool reads them."""
    tree = ast.parse(FILE.read_text(encoding="utf-8"))
    return [
        tuple(arg.value for arg in node.args if isinstance(arg, ast.Constant))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == translate.__name__
    ]


def test_every_label_can_be_extracted() -> None:
    """The module holds what the records declare; run its writer after changing a label."""
    assert found() == declared()


def test_labels_are_said_in_english_without_a_translation() -> None:
    """Where no language is installed each label is the declared text."""
    assert list(record_labels()) == [text for _, text in declared()]
