"""`manage.py check --deploy` as production runs it: its settings, and the database roles of the embedded server."""

import os
import secrets
import subprocess
import sys
from urllib.parse import quote

from config import embedded

PRODUCTION = {
    "DEBUG": "false",
    "ENVIRONMENT": "live",
    "PORTAL_HOSTS": "pay.example.com",
    "AGENT_ALLOWED_HOSTS": "agent.example.com",
    "ADMIN_ALLOWED_HOSTS": "admin.example.com",
    "PORTAL_ORIGIN": "https://pay.example.com",
    "MAIL_URL": "smtp+tls://florin:secret@mail.example.com:587",
    "DJANGO_SETTINGS_MODULE": "config.settings",
}


def main() -> int:
    """Check as the application's role; answers the check's exit code."""
    cluster = embedded.EmbeddedPostgres("test", durable=False)
    cluster.join()
    name = f"{embedded.DATABASE}?host={quote(str(cluster.socket_dir))}"
    environment = os.environ | PRODUCTION | {
        "SECRET_KEY": secrets.token_urlsafe(64),
        "DATABASE_URL": f"postgres://{embedded.APPLICATION}@/{name}",
        "DATABASE_OWNER_URL": f"postgres://{embedded.OWNER}@/{name}",
    }  # fmt: skip
    check = ["check", "--deploy", "--database", "default", "--fail-level", "WARNING"]
    return subprocess.run([sys.executable, "manage.py", *check], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
