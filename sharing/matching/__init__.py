"""Matching supply and demand (供需对接, Decree 809, Art. 20): data that the catalogue does not offer.

A demand is for data without an entry; a challenge is of an entry that is not shared, or shared under
conditions (Art. 15). Both are decided by competent departments, and show in the lists (清单) that a
region keeps.
"""
