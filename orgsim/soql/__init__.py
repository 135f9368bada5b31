"""Queries: read, understood, answered."""
