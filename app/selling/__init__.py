"""The cart: ringing up, tiles, search, hold and recall, price check."""
