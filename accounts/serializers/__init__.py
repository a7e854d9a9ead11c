"""What the API takes and gives about people and their tokens, by subject."""
