"""Measurements too long for the tests; `make bench SRC=photos` prints their tables."""
