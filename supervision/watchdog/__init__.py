"""Sees what supervisord can't: a function that hangs, or keeps crashing; a proxy given up."""
