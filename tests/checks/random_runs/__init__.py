"""Random flows with random options, run, and compared with a model of how runs behave."""
