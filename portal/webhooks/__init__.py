"""Telling information systems what happens to their department's requests and agreements.

An event is written in the transaction of the act, sent after its commit, signed, tried again until it
arrives or is given up, and can be sent again. It names things and says where they stand; whoever is
told asks the API for more, with its own rights. See docs/adr/0022-webhooks.md.
"""
