"""What the project's programs are measured beside: each does the least that one could."""
