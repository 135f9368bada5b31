"""The hop to the function: what it gets, and what it answers."""
