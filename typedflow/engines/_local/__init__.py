"""Runs flows in this process, in a trio nursery."""
