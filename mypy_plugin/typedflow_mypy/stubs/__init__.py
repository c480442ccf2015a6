"""What the commands typedflow stubs and typedflow check need of mypy."""
