"""What the plugin knows of a flow: its type, a call that adds a step, what a step receives."""
