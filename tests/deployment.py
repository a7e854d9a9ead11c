"""`manage.py check --deploy` as production runs it: its settings, and the database roles of the embedded server."""

import base64
import os
import secrets
import subprocess
import sys
from urllib.parse import quote

from config import embedded

CLUSTER = embedded.EmbeddedPostgres("test", durable=False)
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


def database_urls(name: str = embedded.DATABASE) -> dict[str, str]:
    """A database of the embedded test server, as each of its two roles."""
    host = quote(str(CLUSTER.socket_dir))
    return {
        "DATABASE_URL": f"postgres://{embedded.APPLICATION}@/{name}?host={host}",
        "DATABASE_OWNER_URL": f"postgres://{embedded.OWNER}@/{name}?host={host}",
    }


def main() -> int:
    """Check as the application's role; answers the check's exit code."""
    CLUSTER.join()
    keys = {
        "SECRET_KEY": secrets.token_urlsafe(64),
        "FIELD_ENCRYPTION_KEYS": f"k1:{base64.b64encode(os.urandom(32)).decode()}",
    }
    environment = os.environ | PRODUCTION | keys | database_urls()
    check = ["check", "--deploy", "--database", "default", "--fail-level", "WARNING"]
    return subprocess.run([sys.executable, "manage.py", *check], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
