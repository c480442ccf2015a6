"""What every rule needs: names, error codes, reports and anonymous TypedDicts."""
