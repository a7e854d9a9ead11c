"""The browser of the journeys. `python -m tests.chromium` says which one, or fails."""

import os
import shutil
import sys

# Quiet and alone: no first run, no traffic of its own. A container's root has no sandbox.
FLAGS = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", *(("--no-sandbox",) if os.getuid() == 0 else ()),
    "--host-resolver-rules=MAP *.localhost 127.0.0.1",
)  # fmt: skip
MISSING = "Chromium is not installed (Debian: apt-get install chromium), so no browser journey ran."


def executable() -> str | None:
    """The path of an installed Chromium or Chrome, if any."""
    names = (os.environ.get("FLORIN_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    return next((path for path in map(shutil.which, filter(None, names)) if path), None)


if __name__ == "__main__":
    sys.stdout.write(f"{executable() or MISSING}\n")
    sys.exit(executable() is None)
