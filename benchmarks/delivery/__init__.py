"""`make bench-delivery`: how fast a mailing leaves, beside its peers; see `__main__`."""
