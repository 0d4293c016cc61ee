"""Every setting in words: its section, title, help, control, and what it is searched by."""

import re
from dataclasses import dataclass

from app.kit.translation import translate


@dataclass(frozen=True, slots=True)
class Choices:
    """A setting with a few values: value -> words."""

    words: dict[str, str]


@dataclass(frozen=True, slots=True)
class Typed:
    """A setting that is typed: `money`, `percents`, `number`, `text` or `lines`."""

    kind: str = "text"
    none: str = ""
    """Said where nothing, or 0, is set."""
    separator: str = ";"
    """Between the lines of a `lines` setting, as they are kept."""
    length_max: int = 1000


@dataclass(frozen=True, slots=True)
class Definition:
    """One setting as a person sees it; `name` is a field of `ShopSettings` or `store.` and more."""

    name: str
    section: str
    title: str
    help: str
    how: Choices | Typed
    keywords: str = ""
    is_asked: bool = False
    """It changes what customers pay: saved only after before and after were shown."""

    @property
    def is_of_store(self) -> bool:
        """Whether it is a field of the store's own record."""
        return self.name.startswith(STORE)

    def searched(self) -> str:
        """All that it is found by, in small letters."""
        return f"{self.title} {self.help} {self.keywords}".casefold()

    def is_meant_by(self, text: str) -> bool:
        """Whether each word of a text is the beginning of a word of its title or keywords."""
        wanted = _words(text)
        words = _words(f"{self.title} {self.keywords}")
        return bool(wanted) and all(any(w.startswith(one) for w in words) for one in wanted)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


STORE = "store."


def section_titles() -> dict[str, str]:
    """The sections by name, in their order."""
    return {
        "store": translate("Settings", "Store"),
        "checkout": translate("Settings", "Checkout and tax"),
        "payments": translate("Settings", "Payments and cash"),
        "receipts": translate("Settings", "Receipts"),
        "devices": translate("Settings", "Devices"),
        "security": translate("Settings", "Security"),
    }


def definitions() -> tuple[Definition, ...]:
    """Every setting, section by section."""
    return (*_store(), *_checkout(), *_payments(), *_cash(), *_devices(), *_security())


def _store() -> tuple[Definition, ...]:
    return (
        Definition(
            "store.name",
            "store",
            translate("Settings", "Shop name"),
            translate("Settings", "Printed at the top of each receipt."),
            Typed(length_max=60),
            translate("Settings", "header business"),
        ),
        Definition(
            "store.address",
            "store",
            translate("Settings", "Address"),
            translate("Settings", "Printed under the shop name, line by line."),
            Typed("lines", separator="\n", length_max=300),
            translate("Settings", "street town header receipt"),
        ),
        Definition(
            "store.vat_number",
            "store",
            translate("Settings", "VAT number"),
            translate("Settings", "Printed on receipts and invoices."),
            Typed(none=translate("Settings", "Not registered"), length_max=32),
            translate("Settings", "tax id gst header receipt"),
        ),
        Definition(
            "store.receipt_footer",
            "receipts",
            translate("Settings", "Text at the end of receipts"),
            translate("Settings", "For example opening hours, or how items can be returned."),
            Typed("lines", separator="\n", length_max=500),
            translate("Settings", "footer thank you print"),
        ),
    )


def _yes_no() -> Choices:
    return Choices({"1": translate("Settings", "Yes"), "0": translate("Settings", "No")})


def _checkout() -> tuple[Definition, ...]:
    return (
        Definition(
            "offers",
            "checkout",
            translate("Settings", "When several promotions apply"),
            translate("Settings", "What the customer gets for an item in several promotions."),
            Choices(
                {
                    "best": translate("Settings", "Use the best one"),
                    "stack": translate("Settings", "Combine all that can be combined"),
                }
            ),
            translate("Settings", "offer discount stack"),
            is_asked=True,
        ),
        Definition(
            "discount_rounding",
            "checkout",
            translate("Settings", "Round percentage discounts"),
            translate("Settings", "What is rounded: the new price or the amount taken off."),
            Choices(
                {
                    "price": translate("Settings", "The price: 5% off 2.30 leaves 2.19"),
                    "discount": translate("Settings", "The discount: 5% off 2.30 leaves 2.18"),
                }
            ),
            translate("Settings", "rounding percent"),
            is_asked=True,
        ),
        Definition(
            "open_price_max_minor",
            "checkout",
            translate("Settings", "Highest price for open-price items"),
            translate("Settings", "No one can enter a higher price by mistake."),
            Typed("money", translate("Settings", "No limit")),
            translate("Settings", "limit maximum"),
        ),
        Definition(
            "tax_rounding",
            "checkout",
            translate("Settings", "Round tax"),
            translate("Settings", "Where tax is rounded to the smallest unit of currency."),
            Choices(
                {
                    "document": translate("Settings", "Per receipt, for each rate"),
                    "line": translate("Settings", "Per line"),
                }
            ),
            translate("Settings", "vat rounding"),
            is_asked=True,
        ),
        Definition(
            "tax_ties",
            "checkout",
            translate("Settings", "Round half a cent of tax"),
            translate("Settings", "Ask your accountant before you change it."),
            Choices(
                {
                    "half_up": translate("Settings", "Up"),
                    "half_even": translate("Settings", "To the even cent (banker's rounding)"),
                }
            ),
            translate("Settings", "vat rounding"),
            is_asked=True,
        ),
        Definition(
            "open_item_tax",
            "checkout",
            translate("Settings", "Tax of open items"),
            translate("Settings", "Used for items that are not in the catalogue."),
            Choices({"": translate("Settings", "The highest rate")}),
            translate("Settings", "vat class rate"),
            is_asked=True,
        ),
    )


def _payments() -> tuple[Definition, ...]:
    return (
        Definition(
            "cash_step_minor",
            "payments",
            translate("Settings", "Cash rounding: nearest"),
            translate("Settings", "The smallest coin in use. Cards pay the exact amount."),
            Typed("money"),
            translate("Settings", "coin change swedish"),
            is_asked=True,
        ),
        Definition(
            "tip_ppm",
            "payments",
            translate("Settings", "Suggested tips (%)"),
            translate("Settings", "Offered while a sale is paid, such as 5; 10; 15."),
            Typed("percents", translate("Settings", "No tips")),
            translate("Settings", "gratuity"),
        ),
        Definition(
            "gift_card_offline_minor",
            "payments",
            translate("Settings", "Offline limit for gift cards and store credit"),
            translate("Settings", "The most that one pays while the server cannot be reached."),
            Typed("money", translate("Settings", "Not accepted")),
            translate("Settings", "voucher network"),
        ),
        Definition(
            "gift_card_days",
            "payments",
            translate("Settings", "Gift cards expire after (days)"),
            translate("Settings", "Counted from the day of sale. For cards sold from now on."),
            Typed("number", translate("Settings", "Never")),
            translate("Settings", "voucher validity"),
        ),
        Definition(
            "points_per_unit",
            "payments",
            translate("Settings", "Points earned per unit of currency spent"),
            translate("Settings", "Loyalty points for customers who are on the sale."),
            Typed("number", translate("Settings", "No loyalty points")),
            translate("Settings", "loyalty scheme reward"),
        ),
        Definition(
            "point_minor",
            "payments",
            translate("Settings", "Value of one point when redeemed"),
            translate("Settings", "What a customer pays with one loyalty point."),
            Typed("money", translate("Settings", "Not redeemable")),
            translate("Settings", "loyalty reward"),
        ),
    )


def _cash() -> tuple[Definition, ...]:
    return (
        Definition(
            "blind_count",
            "payments",
            translate("Settings", "Blind cash count"),
            translate("Settings", "The drawer is counted before the expected amount is shown."),
            _yes_no(),
            translate("Settings", "shift close drawer"),
        ),
        Definition(
            "drawer_max_minor",
            "payments",
            translate("Settings", "Prompt for a safe drop above"),
            translate("Settings", "When the drawer holds more cash than this."),
            Typed("money", translate("Settings", "Never")),
            translate("Settings", "drawer limit"),
        ),
        Definition(
            "paid_in_reasons",
            "payments",
            translate("Settings", "Pay-in reasons"),
            translate("Settings", "Offered when cash is put into the drawer. One per line."),
            Typed("lines"),
            translate("Settings", "paid in cash"),
        ),
        Definition(
            "paid_out_reasons",
            "payments",
            translate("Settings", "Pay-out reasons"),
            translate("Settings", "Offered when cash is taken out of the drawer. One per line."),
            Typed("lines"),
            translate("Settings", "paid out petty cash"),
        ),
        Definition(
            "no_sale_reasons",
            "payments",
            translate("Settings", "No-sale reasons"),
            translate("Settings", "Offered when the drawer is opened by No sale. One per line."),
            Typed("lines"),
            translate("Settings", "open drawer"),
        ),
    )


def _devices() -> tuple[Definition, ...]:
    return (
        Definition(
            "keyboard",
            "devices",
            translate("Settings", "On-screen keyboard"),
            translate("Settings", "Opens with each text field, for tills without a keyboard."),
            _yes_no(),
            translate("Settings", "touch"),
        ),
        Definition(
            "scanner_prefix",
            "devices",
            translate("Settings", "Scanner prefix"),
            translate("Settings", "What your scanners send before each code, such as <STX>."),
            Typed(none=translate("Settings", "Nothing")),
            translate("Settings", "barcode reader"),
        ),
        Definition(
            "scanner_suffix",
            "devices",
            translate("Settings", "Scanner suffix"),
            translate("Settings", "What they send after each code, where that is not Enter."),
            Typed(none=translate("Settings", "Enter")),
            translate("Settings", "barcode reader"),
        ),
        Definition(
            "embedded_codes",
            "devices",
            translate("Settings", "In-store label formats"),
            translate(
                "Settings",
                "Barcodes with a price or weight inside, such as 21PPPPPWWWWWK: P is the item,"
                " W the weight, V the price, K the check digit. Separate several with semicolons.",
            ),
            Typed(none=translate("Settings", "None")),
            translate("Settings", "scale embedded barcode weight"),
        ),
    )


def _security() -> tuple[Definition, ...]:
    minutes = {60 * n: translate("Settings", "{n} minutes", n=n) for n in (2, 5, 10, 15, 30)}
    after = {
        30: translate("Settings", "30 seconds"),
        60: translate("Settings", "1 minute"),
        **minutes,
        3600: translate("Settings", "1 hour"),
    }
    return (
        Definition(
            "lock_after_s",
            "security",
            translate("Settings", "Lock after"),
            translate("Settings", "The till locks when nobody has used it for this long."),
            Choices({str(seconds): words for seconds, words in after.items()}),
            translate("Settings", "idle inactive timeout sign out"),
        ),
        Definition(
            "badge_needs_pin",
            "security",
            translate("Settings", "Require PIN with badge"),
            translate("Settings", "A badge alone does not sign in: the PIN is asked too."),
            _yes_no(),
            translate("Settings", "sign in card staff"),
        ),
        Definition(
            "pin_alone",
            "security",
            translate("Settings", "Sign in by PIN alone"),
            translate(
                "Settings",
                "No name is chosen first, so no two people may have one PIN. Meant for up to ten "
                "people: each more makes signing in slower.",
            ),
            _yes_no(),
            translate("Settings", "sign in fast staff code"),
        ),
    )
