"""What the source text says: handlers, assignments, constants."""
