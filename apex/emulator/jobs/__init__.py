"""Asynchronous Apex as it runs."""
