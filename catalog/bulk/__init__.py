"""Many entries in one file: the workbook that departments fill in, CSV and JSON of the same columns.

`layout` says which columns there are, `container` what kind of file it is, `sheets`, `texts` and
`documents` bring rows out of each kind, `reading` makes entries of rows, `writing` makes files of
entries. Nothing here asks the database or knows of HTTP; `catalog.services.bulk` does the acts.
"""
