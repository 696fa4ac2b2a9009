"""Tables of requesters, into which an agreement's rows are written: a module a kind of database."""
