"""The org's records: what they are made of, and how they change."""
