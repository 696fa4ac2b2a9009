"""Files with rows: what they are, what they hold, and their rows as PostgreSQL's COPY text.

A reader is handed a file that lies on this machine already, so that its columns and its rows are of
one moment, and so that a transfer that breaks off has moved no row. It reads as a stream: what it
holds in memory grows with the size of one row, never with their number.
"""
