"""The Apex of force-app, held to what can be known without an org: ``python -m apex``."""
