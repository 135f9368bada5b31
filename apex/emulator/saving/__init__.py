"""DML: rules, steps and triggers on the way into the database, or out of it."""
