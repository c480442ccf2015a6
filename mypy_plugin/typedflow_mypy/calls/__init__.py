"""One module for each call that users write."""
