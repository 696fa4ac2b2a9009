"""One datum, one source (Decree 809, Art. 19): names that mean one datum, and how alike items are."""
