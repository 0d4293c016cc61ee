"""Receipts: laying out, showing, finding, printing, mailing."""
