"""Rows out under an agreement. PostgreSQL itself holds the bounds: see `outlet`."""
