"""A provider's own HTTP interface: which calls it allows, and calling it safely.

Who may call it, and what of an answer leaves, is for `sharing.delivery.interface`.
"""
