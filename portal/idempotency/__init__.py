"""Calls of the API that may be repeated without being done twice: docs/adr/0023-idempotent-calls.md."""
