"""Past trade of real shops, rung again on two tills and counted on both sides.

``python -m tests.replay ../shared/data`` rings a file through the checkout service, drains the
tills into a real server and compares what PostgreSQL then holds with sums taken straight from the
file by other code: ``grocer`` and ``retail`` read and ring, ``grocer_books`` and ``retail_books``
add up, ``server_books`` asks PostgreSQL.
"""
