"""A setting's value as it is kept, as it is said, and as it is typed."""

import re

from app.kit.formats import Formats
from app.kit.translation import translate
from app.setup.definitions import Choices, Definition, Typed
from localdb.domain.settings import bounds, checked
from localdb.errors import Refusal


class SettingText:
    """Reads and writes values with the shop's money and numbers."""

    def __init__(self, formats: Formats) -> None:
        self._formats = formats

    def said(self, how: Choices | Typed, value: str) -> str:
        """The value in words."""
        if isinstance(how, Choices):
            return how.words.get(value, value)
        if value == "" or (how.none and value == "0"):
            return how.none or translate("Settings", "Nothing")
        if how.kind == "money":
            return self._formats.money(int(value))
        if how.kind == "percents":
            return ", ".join(self._formats.percent(rate) for rate in _rates(value))
        if how.kind == "lines":
            return "; ".join(value.split(how.separator))
        return value

    def typed(self, how: Typed, value: str) -> str:
        """The value as it would be typed; empty where the field says what nothing means."""
        if how.kind in ("money", "number") and how.none and value == "0":
            return ""
        if how.kind == "money":
            return self._formats.entry(int(value))
        if how.kind == "percents":
            return "; ".join(self._formats.percent_entry(rate) for rate in _rates(value))
        if how.kind == "lines":
            return "\n".join(value.split(how.separator))
        return value

    def read(self, definition: Definition, words: str) -> str:
        """What was typed, as the setting is kept; raises Refusal saying how to type it."""
        how = definition.how
        assert isinstance(how, Typed), f"{definition.name} is chosen, not typed"
        value = self._parsed(how, words.strip())
        if how.kind in ("money", "number"):
            self._check_bounds(definition.name, how, int(value))
        elif not definition.is_of_store:
            checked(definition.name, value)
        return value

    def _parsed(self, how: Typed, words: str) -> str:
        if how.kind == "money":
            minor = self._formats.parse_money(words or "0")
            if minor is None or minor < 0:
                raise Refusal(translate("Settings", "Enter an amount, such as 12.50."))
            return str(minor)
        if how.kind == "percents":
            return self._parsed_rates(words)
        if how.kind == "number":
            number = self._formats.parse_whole(words or "0")
            if number is None:
                raise Refusal(translate("Settings", "Enter a whole number, such as 30."))
            return str(number)
        if how.kind == "lines":
            lines = (line.strip() for line in words.splitlines())
            return how.separator.join(line for line in lines if line)
        return words

    def _parsed_rates(self, words: str) -> str:
        between = r"[;\s]+" if self._formats.decimal_mark == "," else r"[;,\s]+"
        parts = [part for part in re.split(between, words.replace("%", " ")) if part]
        rates = [self._formats.parse_percent(part) for part in parts]
        if any(rate is None or rate <= 0 for rate in rates):
            raise Refusal(
                translate(
                    "Settings", "Enter percentages separated by semicolons, such as 5; 10; 15."
                )
            )
        return ",".join(str(rate) for rate in rates)

    def _check_bounds(self, name: str, how: Typed, number: int) -> None:
        low, high = bounds(name) or (number, number)
        if low <= number <= high:
            return
        if how.kind == "money":
            words = translate("Settings", "Enter an amount from {low} to {high}.")
            raise Refusal(
                words.format(low=self._formats.money(low), high=self._formats.money(high))
            )
        words = translate("Settings", "Enter a whole number from {low} to {high}.")
        raise Refusal(words.format(low=low, high=high))


def _rates(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part.strip()]
