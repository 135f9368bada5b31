"""The org's interfaces over HTTP, and the faults that they play."""
