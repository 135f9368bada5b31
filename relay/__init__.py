"""The relay: runs accepted jobs to their end, whatever crashes on the way."""
