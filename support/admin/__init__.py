"""The pages of the two consoles."""
