"""What runs flows: a package for each engine, and the modules that every engine needs."""
