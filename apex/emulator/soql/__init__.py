"""Queries: which rows, which columns, in which order."""
