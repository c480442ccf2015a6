"""Many workers, of which one is killed again and again."""
