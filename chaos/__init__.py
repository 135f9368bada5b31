"""Breaks what runs, and looks whether every promise is kept all the same."""
