"""Customers: finding, editing, gift cards, credit."""
