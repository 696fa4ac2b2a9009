"""The catalogue as a CKAN portal would tell it (Action API, the part that reads)."""
