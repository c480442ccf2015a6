"""What a step outputs: how its output is inferred, and whether it can be stored."""
