"""What a flow is: frozen data, without types and without anything that runs."""
