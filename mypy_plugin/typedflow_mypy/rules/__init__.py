"""What is refused: wrong wiring, options that make no sense, conditions that match nothing."""
