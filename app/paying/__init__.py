"""The charge screen: tender, terminal, cards and credit, corrections."""
