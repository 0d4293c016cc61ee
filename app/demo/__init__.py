"""``evertill demo``: a whole shop on this machine, from PostgreSQL to the till."""
