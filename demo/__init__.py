"""The whole product on one laptop: ``make run`` shows it, ``make demo`` proves it."""
