"""The runtime itself. Nothing in here is for functions to import: it may change at any time."""
