"""The inbox of conflicts, their detail, parked groups."""
