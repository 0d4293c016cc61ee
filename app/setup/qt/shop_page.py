"""The wizard's form about a new shop: what its receipts say, its taxes, its manager."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QCompleter

from app.kit.qt.basic import Button, label
from app.kit.qt.field import show_choices
from app.kit.qt.focus import DropDown
from app.kit.qt.page import reachable
from app.kit.qt.theme import Theme
from app.kit.translation import translate
from app.setup.first_run import FirstRunState, ShopForm, currency_names, timezones
from app.setup.qt.wizard_page import FormPage, pin_field, text_field
from app.setup.tax_rates import country_names


class ShopPage(FormPage):
    """Emits `country_chosen` and `scheme_chosen` when what is proposed has to follow."""

    country_chosen = Signal()
    scheme_chosen = Signal()

    def __init__(self, theme: Theme, locale: str) -> None:
        super().__init__(theme, translate("First run", "Your shop"))
        self._add_texts()
        self._add_place(locale)
        self._add_taxes()
        self.set_up = reachable(Button(translate("First run", "Set up the shop"), "primary"))
        self._lay_out()

    def form(self) -> ShopForm:
        """What was typed and chosen."""
        return ShopForm(
            store_name=self.store_name.text(),
            manager_name=self.manager_name.text(),
            pin=self.pin.text(),
            pin_again=self.pin_again.text(),
            currency=self.currency.currentData(),
            timezone=self.timezone.currentText(),
            with_sample=self.sample.isChecked(),
            country=self.country.currentData() or "",
            scheme=self.scheme.currentIndex(),
            own_rates=self.own_rates.text(),
            own_included=self.own_included.isChecked(),
            street=self.street.text(),
            town=self.town.text(),
            vat_number=self.vat_number.text(),
            keyboard=self.keyboard.isChecked(),
        )

    def show_place(self, form: ShopForm) -> None:
        """Show the money and the time zone of the chosen country."""
        self.currency.setCurrentIndex(max(0, self.currency.findData(form.currency)))
        self.timezone.setCurrentText(form.timezone)
        self.own_included.setChecked(form.own_included)

    def show_state(self, state: FirstRunState) -> None:
        """Show what is wrong, the country's ways of taxing, and the rates of the one chosen."""
        self.say(state.error)
        self.show_problems(dict(state.problems))
        self._show_taxes(state)

    def _show_taxes(self, state: FirstRunState) -> None:
        proposed = state.proposed
        names = [one.name for one in proposed.schemes] if proposed else []
        own = translate("First run", "I enter my own")
        wanted = [*names, own] if proposed else []
        if wanted != [self.scheme.itemText(n) for n in range(self.scheme.count())]:
            self.scheme.clear()
            self.scheme.addItems(wanted)
        self.scheme.setCurrentIndex(state.shop.scheme if wanted else -1)
        self.scheme.setEnabled(bool(wanted))
        self.box("own_rates").setVisible(state.enters_own)
        self.own_included.setVisible(state.enters_own)
        self._rates.setText(state.taxes_said)
        self._rates.setVisible(bool(state.taxes_said))

    def _add_texts(self) -> None:
        self.store_name = text_field(translate("Settings", "Corner Market"), 60)
        self.street = text_field("12 Harbour Street", 100)
        self.town = text_field("12345 Port Ellery", 100)
        self.vat_number = text_field("", 32)
        self.manager_name = text_field(translate("First run", "Your name"), 60)
        self.pin, self.pin_again = pin_field(), pin_field()
        self.sample = _check(
            translate("First run", "Fill the shop with a sample catalogue of 307 products")
        )

    def _add_place(self, locale: str) -> None:
        self.currency = DropDown()
        show_choices(self.currency, currency_names(locale), "")
        self.timezone = DropDown()
        self.timezone.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.timezone.setEditable(True)
        self.timezone.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.timezone.addItems(timezones())
        completer = QCompleter(timezones(), self.timezone)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.timezone.setCompleter(completer)
        self.country = DropDown()
        none = ("", translate("First run", "Choose the country …"))
        show_choices(self.country, (none, *country_names(locale)), "")
        self.country.activated.connect(lambda _at: self.country_chosen.emit())

    def _add_taxes(self) -> None:
        self.scheme = DropDown()
        self.scheme.setPlaceholderText(translate("First run", "Choose …"))
        self.scheme.activated.connect(lambda _at: self.scheme_chosen.emit())
        self.own_rates = text_field("19; 7; 0", 60)
        self.own_included = _check(translate("First run", "Prices include the tax"))
        self.own_included.setChecked(True)
        self._rates = label("", "muted", wrap=True)

    def _lay_out(self) -> None:
        self.add_fields(
            (
                (
                    ("store_name", translate("First run", "Shop name"), self.store_name),
                    ("country", translate("First run", "Country"), self.country),
                ),
                (
                    ("street", translate("First run", "Street (optional)"), self.street),
                    ("town", translate("First run", "Postcode and town (optional)"), self.town),
                ),
                (
                    (
                        "vat_number",
                        translate("First run", "VAT or tax number (optional)"),
                        self.vat_number,
                    ),
                    ("scheme", translate("First run", "Taxes"), self.scheme),
                ),
            )
        )
        self.body.addWidget(self._rates)
        rates = translate("First run", "Tax rates in %, the usual one first")
        self.add_fields(((("own_rates", rates, self.own_rates),),))
        self.body.addWidget(self.own_included)
        self.add_fields(
            (
                (
                    ("currency", translate("First run", "Currency"), self.currency),
                    ("timezone", translate("First run", "Time zone"), self.timezone),
                ),
                (("manager_name", translate("First run", "Manager"), self.manager_name),),
                (
                    ("pin", translate("First run", "Manager's PIN (4 to 12 digits)"), self.pin),
                    ("pin_again", translate("First run", "PIN again"), self.pin_again),
                ),
            )
        )
        self.body.addWidget(self.sample)
        self.add_buttons(self.set_up)


def _check(words: str) -> QCheckBox:
    box = QCheckBox(words)
    box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return box
