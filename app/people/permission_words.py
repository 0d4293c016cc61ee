"""What each permission lets somebody do, in the words of a shop."""

from app.kit.form import Choices
from app.kit.translation import translate
from localdb.domain.permissions import Permission


def permission_words() -> dict[Permission, str]:
    """Permission -> words; each has one, and a test holds that."""
    return {
        Permission.VOID_LINE: translate("Permission", "Void a line"),
        Permission.OPEN_ITEM: translate("Permission", "Sell an open item"),
        Permission.PRICE_CHANGE: translate("Permission", "Lower a price by hand"),
        Permission.DISCOUNT_ABOVE_LIMIT: translate("Permission", "Give any discount"),
        Permission.SELL_EXPIRED: translate("Permission", "Sell goods past their date"),
        Permission.RETURN_WITHOUT_RECEIPT: translate("Permission", "Return without a receipt"),
        Permission.RETURN_DEPOSIT: translate("Permission", "Pay a deposit out"),
        Permission.REFUND: translate("Permission", "Refund and exchange"),
        Permission.VOID_SALE: translate("Permission", "Void a paid sale"),
        Permission.TENDER_CORRECTION: translate("Permission", "Change a payment type"),
        Permission.GIFT_CARD_LOAD: translate("Permission", "Sell and load gift cards"),
        Permission.OVERDRAW_CREDIT: translate("Permission", "Overdraw cards and credit"),
        Permission.ON_ACCOUNT: translate("Permission", "Sell on house account"),
        Permission.ADJUST_BALANCE: translate("Permission", "Change balances and credit limits"),
        Permission.NO_SALE: translate("Permission", "No sale"),
        Permission.PAID_IN: translate("Permission", "Pay in"),
        Permission.PAID_OUT: translate("Permission", "Pay out"),
        Permission.DROP: translate("Permission", "Safe drop"),
        Permission.OPEN_SHIFT: translate("Permission", "Open a shift"),
        Permission.CLOSE_SHIFT: translate("Permission", "Close a shift"),
        Permission.SEE_EXPECTED_CASH: translate("Permission", "See the expected cash"),
        Permission.TRAINING: translate("Permission", "Start training"),
        Permission.CATALOGUE: translate("Permission", "Change products"),
        Permission.PRICES: translate("Permission", "Change price lists and promotions"),
        Permission.STOCK: translate("Permission", "Adjust stock"),
        Permission.REPORTS: translate("Permission", "See reports"),
        Permission.JOURNAL: translate("Permission", "See the journal"),
        Permission.AUDIT_LOG: translate("Permission", "See the audit log"),
        Permission.CONFLICTS: translate("Permission", "Resolve conflicts"),
        Permission.SYNC_QUEUE: translate("Permission", "Send refused changes again"),
        Permission.PEOPLE: translate("Permission", "Change staff and roles"),
        Permission.SETTINGS: translate("Permission", "Change settings and taxes"),
        Permission.RECOVERY_KEY: translate("Permission", "Show the recovery sheet"),
    }


def permission_choices() -> Choices:
    """All permissions, as a form offers them."""
    return tuple((permission.value, words) for permission, words in permission_words().items())
