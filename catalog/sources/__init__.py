"""Departments' own systems and the way of their rows into the store: sources, sync jobs, runs.

It imports `catalog.store`; the store never imports it.
"""
