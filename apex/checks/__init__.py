"""What can be said of force-app without running it: types, metadata, queries, pages, form."""
