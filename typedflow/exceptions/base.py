"""The base class of all errors."""


class TypedflowError(Exception):
    """The base class of all errors that typedflow raises."""
