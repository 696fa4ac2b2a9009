"""What the Decree is lived up to, and by whom: the competent department's desk and the compliance page.

Nothing here is stored: every figure is counted from the rows of requests, agreements, clocks and
entries, and every figure leads to the rows it was counted from.
"""
