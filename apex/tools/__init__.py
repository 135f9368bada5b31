"""Programs of others, in Java and from npm, that the rest of this folder starts."""
