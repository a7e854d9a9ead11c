"""Settings of the test suite: development's, on the cluster that may lose everything, without slow hashing."""

import os

# A developer's environment and `.env` must not decide what a test says; the database alone may be chosen.
os.environ["DEBUG"] = "true"
os.environ["SECRET_KEY"] = "only-for-tests-and-known-to-everyone-" * 2
os.environ["FIELD_ENCRYPTION_KEYS"] = "test:b25seS1mb3ItdGVzdHMtYW5kLWtub3duLXRvLWV2ZXI="
os.environ["DB_POOL_MAX"] = "0"
os.environ["LOG_LEVEL"] = "WARNING"
# The suite makes its database as the owner and then runs as the application, through this setting's other value.
os.environ["FLORIN_DATABASE_ROLE"] = "application"

from config import database
from config.embedded import EmbeddedPostgres
from config.settings import *  # noqa: F403
from config.settings import env

EMBEDDED_POSTGRES = EmbeddedPostgres("test", durable=False) if database.is_embedded() else None
DATABASE_ROLES = database.connections_by_role(env, debug=True, cluster=EmbeddedPostgres("test", durable=False))
DATABASES = {"default": dict(DATABASE_ROLES[database.APPLICATION])}
# The suffix lets several sessions share one server.
DATABASES["default"]["TEST"] = {"NAME": f"test_{DATABASES['default']['NAME']}{os.environ.get('FLORIN_TEST_SUFFIX', '')}"}
# A connection that outlives its thread would stand in the way of dropping the database.
DATABASES["default"]["CONN_MAX_AGE"] = 0

# Django's test client asks for this host.
PORTAL_HOSTS = ["localhost", "testserver"]
AGENT_ALLOWED_HOSTS = ["agent.localhost"]
ADMIN_ALLOWED_HOSTS = ["admin.localhost"]
ALLOWED_HOSTS = [*PORTAL_HOSTS, *AGENT_ALLOWED_HOSTS, *ADMIN_ALLOWED_HOSTS]

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Static files are found where they lie; nothing is collected.
WHITENOISE_AUTOREFRESH = True

# Messages of the tests lie apart from a developer's; a test that reads them has a folder of its own.
SMS_OUTBOX = VAR_DIR / "test-sms"  # noqa: F405 of the settings
