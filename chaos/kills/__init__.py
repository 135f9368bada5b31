"""Is an accepted job ever lost? Everything that it depends on is killed again and again."""
