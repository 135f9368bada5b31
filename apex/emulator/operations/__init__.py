"""What can be done with values: convert, compare, show, read and write their fields."""
