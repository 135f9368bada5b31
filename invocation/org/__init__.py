"""What the org says and is asked: names, callers, tokens, records."""
