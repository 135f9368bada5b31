"""The HTTP server on ``$PORT``: waitress, and what it lacks."""
