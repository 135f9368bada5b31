"""The Apex side of the project, checked and executed without an org."""
