"""The local engine: runs flows in this process, in a trio nursery."""
