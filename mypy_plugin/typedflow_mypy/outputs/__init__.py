"""What a step puts out: how its output is inferred, and whether it can be stored."""
