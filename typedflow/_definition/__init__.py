"""What a flow is: frozen data that carries no types and runs nothing."""
