"""Shared rows as real PostgreSQL tables in the schema `store`: no HTTP, no permissions.

`tables` says which table a resource has, `merge` brings its rows to what a source gave, `export`
composes the statements that let rows out.
"""
