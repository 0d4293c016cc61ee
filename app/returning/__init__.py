"""Refunds, exchanges and voids."""
