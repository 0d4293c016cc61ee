"""Texts that nobody means and some device or file will send all the same."""

STRANGE_TEXTS = {
    "nothing": "",
    "blanks": " \t\u00a0",
    "a null": "4006\x00381333931",
    "control characters": "\x01\x02\x1b[2J\x7f",
    "two lines": "4006381333931\n4012345678901",
    "ten thousand digits": "9" * 10_000,
    "ten thousand letters": "x" * 10_000,
    "sql": "'; DROP TABLE sale; --",
    "a search expression": '" OR * NEAR(a b) ^c AND NOT -',
    "wildcards": "%_%",
    "emoji": "🍎" * 10,
    "other digits": "٤٠٠٦٣٨١٣٣٣٩٣١",
    "right to left": "\u202e1393331836004",
    "invisible": "\u200d\ufeff",
    "half a character": "apple \ud83c",
}
