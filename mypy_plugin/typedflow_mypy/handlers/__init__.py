"""Whether a handler accepts its step's input, and what its body reads."""
