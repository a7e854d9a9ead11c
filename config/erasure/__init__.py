"""Closing an account: what the platform knows about its person goes, and the books stay balanced (R47)."""
