"""Runs whose process is killed at random moments, again and again, and that are resumed."""
