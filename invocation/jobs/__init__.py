"""Accepted asynchronous invocations, and the store that keeps them."""
