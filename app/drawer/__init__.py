"""Shifts, counts, X and Z reports."""
