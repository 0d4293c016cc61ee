"""Every limit of the wire, in one place."""

# Declared where groups are made, which knows nothing of the wire.
from localdb.domain.ops import GROUP_BYTES_MAX as GROUP_BYTES_MAX
from localdb.domain.ops import GROUP_OPS_MAX as GROUP_OPS_MAX

VECTOR_MAX = 10_000
"""Devices in what an edit says it had seen: all that ever changed one record."""
RUNS_MAX = 1_000
"""Devices asked about at once."""
BATCH_GROUPS_MAX = 50
BATCH_BYTES_MAX = 1024 * 1024
"""A batch closes here; a single larger group still travels alone."""
BODY_BYTES_MAX = 4 * 1024 * 1024
REPLY_BYTES_MAX = 32 * 1024 * 1024
"""The largest reply a till reads, unpacked; a page with one group of the largest size fits."""
IMPORT_GROUP_ROWS = 200
PAGE_ENTRIES_MAX = 200
"""Groups in one page of a pull."""
PAGE_ROWS_MAX = 2_000
"""A pull page also closes here, after at least one group."""
SNAPSHOT_ROWS_MAX = 5_000
"""Rows in one page of a bootstrap."""
APPLY_ROWS_MAX = 200
"""Rows the sync thread applies in one local transaction slice."""
READ_PAGE_MAX = 500
"""Rows in one page of the read API."""
CONNECT_TIMEOUT_S = 5.0
REQUEST_TIMEOUT_S = 20.0
"""Without a byte from the other side."""
REPLY_TIMEOUT_S = 120.0
"""For a whole reply, however slowly it trickles in."""
BACKOFF_MIN_S = 0.5
BACKOFF_MAX_S = 60.0
PUSH_DEADLINE_S = 60.0
"""For a whole upload with its verdicts; one that takes longer is sent again in smaller batches."""
PULL_DEADLINE_S = 150.0
"""For a whole download, waiting and resolving names included."""
POLL_BUSY_S = 5.0
POLL_IDLE_S = 30.0
POLL_DRAINING_S = 2.0
"""While a long queue goes up: each batch moves the streams, and most of it is the till's own."""
RECONNECT_SPREAD_S = 1.0
"""Over how long the tills of a chain spread out when the network is back for all of them."""
LOG_RETENTION_DAYS = 90
FACT_DAYS = dict.fromkeys(
    (
        "sale", "sale_line", "sale_discount", "sale_tax", "payment", "shift_event",
        "balance_movement", "audit_entry",
    ),
    90,
)  # fmt: skip
"""How many days of a fact type a fresh till is given; a type that is missing is not given."""
FACT_DAYS_KEPT = 100
"""How long a till keeps other tills' facts; its own it keeps for ever."""
REPAIR_BUCKETS_MAX = 32
"""Buckets a till loads again at once; when more differ, everything is loaded afresh."""
CLAIM_S = 120
"""How long a claim holds others off when the till that made it is heard of no more."""
CLAIM_DEADLINE_S = 1.5
"""How long a customer waits for the server's word; then the till decides by what it knows."""
REVOKED_PUSH_DAYS = 30
TOKEN_ROTATE_DAYS = 30
"""How long a till uses one token."""
TOKEN_IDLE_DAYS = 90
"""A token that was not used for so long is worth nothing any more."""
COPIES_A_DAY_MAX = 20
"""Devices that one till and its copies may become in 24 hours; a restore makes one."""
ENROLMENT_CODE_HOURS = 48
