"""Falcon's side of the proxy: routes, middleware, and how failures are answered."""
