from typedflow.stores import StoredError


def stored_error(error):
    return StoredError(type(error).__name__, str(error))
