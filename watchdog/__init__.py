"""Sees what supervisord can't: a function that hangs, one that keeps crashing, a proxy given up."""
