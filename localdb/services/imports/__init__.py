"""Catalogue import from CSV: inspect the file, read each row by pure rules, write in batches."""
