"""Who may get a token, whose it is, and until when."""
