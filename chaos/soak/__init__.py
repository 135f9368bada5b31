"""Mixed load and trouble for a long time: is every answer explained, and does nothing grow?"""
