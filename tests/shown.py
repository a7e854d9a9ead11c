"""What every page that opens an account sends along: the versions of the texts that it shows."""

from accounts.legal import as_fields, required_texts

SHOWN = as_fields({text.kind: text.version for text in required_texts()})
AGREED = ["consent.granted"] * len(SHOWN)  # what the trail says of it
