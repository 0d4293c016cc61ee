"""The methods of payment every till knows; a shop adds its own as ``PaymentMethod`` records."""

CASH = "cash"
"""The only method that gives change, is rounded to coins and lies in the drawer."""
CARD = "card"
UPI = "upi"
WALLET = "wallet"
GIFT_CARD = "gift_card"
STORE_CREDIT = "store_credit"
POINTS = "points"
"""Loyalty points, at what the shop says a point is worth."""
ON_ACCOUNT = "on_account"
"""Owed by the customer, to be paid later."""
COUPON = "coupon"
EXCHANGE = "exchange"
"""What a refund leaves for the sale beside it; the two sum to nothing."""

METHODS = (
    CASH, CARD, UPI, WALLET, GIFT_CARD, STORE_CREDIT, POINTS, ON_ACCOUNT, COUPON, EXCHANGE,
)  # fmt: skip
FROM_BALANCE = (GIFT_CARD, STORE_CREDIT, POINTS, ON_ACCOUNT)
"""Methods that move a balance: its kind has the method's name."""
