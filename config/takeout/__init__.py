"""Everything the platform knows about a person, as a file for them (R46)."""
