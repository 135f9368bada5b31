"""The checks of force-app that need no org: ``python -m tools.apex``."""
