"""The sections of the program, in the order of the rail."""

from dataclasses import dataclass

from app.kit.translation import translate


@dataclass(frozen=True, slots=True)
class Section:
    """One entry of the rail."""

    name: str
    title: str
    icon: str


def sections() -> tuple[Section, ...]:
    """All sections; those without a page that one may see are not shown."""
    return (
        Section("sell", translate("Rail", "Sell"), "cart"),
        Section("orders", translate("Rail", "Orders"), "receipt"),
        Section("cash", translate("Rail", "Cash"), "drawer"),
        Section("customers", translate("Rail", "Customers"), "customers"),
        Section("products", translate("Rail", "Products"), "category"),
        Section("reports", translate("Rail", "Reports"), "report"),
        Section("inbox", translate("Rail", "Inbox"), "conflict"),
        Section("settings", translate("Rail", "Settings"), "settings"),
        Section("till", translate("Rail", "Till"), "till"),
        Section("demo", translate("Rail", "Demo"), "eye"),
    )
