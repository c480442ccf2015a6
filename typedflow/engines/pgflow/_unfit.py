"""`UnfitError`: why a database cannot be made ready."""


class UnfitError(Exception):
    """A database, a source of pgflow or a version does not fit. `install` raises it as an `EngineError`."""
