"""The base class of every error."""


class TypedflowError(Exception):
    """The base class of every error that typedflow itself raises."""
