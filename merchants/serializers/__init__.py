"""What the API takes and gives about stores, by topic."""
