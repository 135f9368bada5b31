"""What the source means: names, calls, expressions and statements."""
