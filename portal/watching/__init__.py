"""Rules over the audit trail as it grows, and the cases that come of what they find (全流程监管).

Entries are read, never rows of the apps: what a rule finds can be found again in the trail. Agreements
are joined to tell the provider alone, and to link.
"""
