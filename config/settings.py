"""Settings: all from the environment (or a file `.env` beside manage.py), safe by default.

Outside DEBUG nothing has an unsafe default: what production must choose (SECRET_KEY, hosts, database,
mail) is demanded here or by `config.checks`, and `.env.example` lists every name.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import database, unfold
from config.banks import BankAccount, PixApi
from config.embedded import EmbeddedPostgres
from config.issuers import social_providers
from config.mailers import mailer
from config.security import CONTENT_POLICY, HSTS_YEAR_S

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

env = environ.Env()
environ.Env.read_env(str(BASE_DIR / ".env"))


def required(name: str, *, in_debug: str) -> str:
    """The value of an environment variable that only development may leave out."""
    value: str = env(name, default=in_debug if DEBUG else "")
    if not value:
        raise ImproperlyConfigured(f"Set {name}: it has no default outside DEBUG (see .env.example).")
    return value


# --- the installation -------------------------------------------------------------------------------

DEBUG: bool = env.bool("DEBUG", default=False)
SECRET_KEY = required("SECRET_KEY", in_debug="development-only-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2)
# Old keys that still verify what they signed, newest first, while a new key takes over.
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
# What encrypts identity data and other people's secrets in the database (config.encryption): `name:base64` of 32
# bytes each, the current one first; the others still open what they encrypted. Lost keys are lost data.
FIELD_ENCRYPTION_KEYS = required(
    "FIELD_ENCRYPTION_KEYS", in_debug="development-only:ZGV2ZWxvcG1lbnQtb25seS1rbm93bi10by1ldmVyeW8="
).split(",")

# Sandbox providers move no real money; outside DEBUG they must be wanted explicitly.
ALLOW_SANDBOX: bool = env.bool("ALLOW_SANDBOX", default=DEBUG)
# What kind of money this is, always in view for staff. "demo" is filled with the demo world.
ENVIRONMENT: str = env("ENVIRONMENT", default="demo" if DEBUG else "test" if ALLOW_SANDBOX else "live")

# --- the three sites (config.hosts) ------------------------------------------------------------------

PORT: int = env.int("PORT", default=8000)
PORTAL_HOSTS: list[str] = env.list("PORTAL_HOSTS", default=["localhost"] if DEBUG else [])
AGENT_ALLOWED_HOSTS: list[str] = env.list("AGENT_ALLOWED_HOSTS", default=["agent.localhost"] if DEBUG else [])
ADMIN_ALLOWED_HOSTS: list[str] = env.list("ADMIN_ALLOWED_HOSTS", default=["admin.localhost"] if DEBUG else [])
ALLOWED_HOSTS = [*PORTAL_HOSTS, *AGENT_ALLOWED_HOSTS, *ADMIN_ALLOWED_HOSTS]
# Where links in mails and QR codes lead: scheme and host of the portal, without a slash at the end.
PORTAL_ORIGIN = required("PORTAL_ORIGIN", in_debug=f"http://localhost:{PORT}").rstrip("/")

# How many proxies of ours stand in front. Only then are X-Forwarded-For, X-Forwarded-Proto and
# X-Request-ID believed. X-Forwarded-Host never is: the proxy passes Host on as it came.
TRUSTED_PROXIES: int = env.int("TRUSTED_PROXIES", default=0)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None

ROOT_URLCONF = "config.urls.portal"
WSGI_APPLICATION = "config.wsgi.application"
# config.views.not_found adds a missing slash itself, so that an unknown path is one and the same 404.
APPEND_SLASH = True

# --- what runs ---------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",  # its widgets' templates, for config.forms.FormRenderer
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.github",
    "allauth.mfa",
    "allauth.headless",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "django_cotton",
    "procrastinate.contrib.django",
    "pgtrigger",
    "config",
    "audit",
    "accounts",
    "payments",
    "merchants",
    "billing",
    "support",
]

MIDDLEWARE = [
    "config.middleware.RequestMiddleware",  # id, origin, log line, headers that every answer carries
    "config.hosts.SiteMiddleware",  # which site answers, or nobody; before anything reads the host
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "config.security.SitePolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.PageCompressionMiddleware",
    "config.sessions.SiteSessionMiddleware",
    "config.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.PersonMiddleware",  # the reader's language and time zone
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.RefusalMiddleware",  # refusals and 404s of pages, in the words of the API
    # Before that one sees it: what wants a fresh proof, or agreement to the texts in force, leads to its page.
    "accounts.middleware.StepUpMiddleware",
    "accounts.middleware.AgreementMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

COTTON_DIR = "components"
COTTON_ISOLATE_BY_DEFAULT = True  # a component sees what it is given and the request, not the page's own names
FORM_RENDERER = "config.forms.FormRenderer"

# --- data --------------------------------------------------------------------------------------------

# DATABASE_URL is the application's role, DATABASE_OWNER_URL the one that migrates, DB_POOL_MAX a pool's size (0: none).
EMBEDDED_POSTGRES = EmbeddedPostgres() if database.is_embedded() else None
DATABASE_ROLES = database.connections_by_role(env, debug=DEBUG, cluster=EmbeddedPostgres())
DATABASES = {"default": DATABASE_ROLES[database.role()]}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Rate limits count in the cache, so all processes must share it. In the database it is ours, which is strict about that.
CACHES = {"default": env.cache("CACHE_URL", default="dbcache://florin_cache")}
if CACHES["default"]["BACKEND"] == "django.core.cache.backends.db.DatabaseCache":
    CACHES["default"]["BACKEND"] = "config.cache.SharedCache"

# Private keeps what belongs to somebody (uploads, statements); static is public and immutable.
S3_BUCKET: str = env("S3_BUCKET", default="")
_LOCAL_FILES = {
    "BACKEND": "django.core.files.storage.FileSystemStorage",
    "OPTIONS": {"location": env("MEDIA_ROOT", default=str(VAR_DIR / "media")), "base_url": "/media/"},
}
_S3_FILES = {
    "BACKEND": "storages.backends.s3.S3Storage",
    "OPTIONS": {
        "bucket_name": S3_BUCKET,
        "endpoint_url": env("S3_ENDPOINT_URL", default=None),
        "region_name": env("S3_REGION", default=None),
        "default_acl": "private",
        "querystring_auth": True,
        "querystring_expire": 300,
        "file_overwrite": False,
    },
}
STORAGES = {
    "default": _S3_FILES if S3_BUCKET else _LOCAL_FILES,
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
STATIC_URL = "/static/"
STATIC_ROOT: str = env("STATIC_ROOT", default=str(VAR_DIR / "static"))
STATICFILES_FINDERS = [
    "config.assembled.AssembledFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
WHITENOISE_USE_FINDERS = DEBUG

# --- people ------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "accounts.passwords.Argon2id",
    # People who came over from another system: verified once, then stored anew with Argon2id.
    "django.contrib.auth.hashers.BCryptPasswordHasher",
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
]
# Length and unpredictability, no composition rules.
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.passwords.MinimumLengthValidator"},
    {"NAME": "accounts.passwords.MaximumLengthValidator", "OPTIONS": {"max_length": 128}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.passwords.PredictablePasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "name"]},
    },
]
PASSWORD_RESET_TIMEOUT = 3600  # seconds a link to set a new password works, once

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.signup.SignupDetails"
ACCOUNT_FORMS = {
    "login": "accounts.forms.signing_in.SignInForm",
    "signup": "accounts.forms.signing_in.SignUpForm",
    "add_email": "accounts.forms.signing_in.ChangeEmailForm",
    "change_password": "accounts.forms.signing_in.ChangePasswordForm",
    "set_password": "accounts.forms.signing_in.SetPasswordForm",
    "reset_password": "accounts.forms.signing_in.RequestResetForm",
    "reset_password_from_key": "accounts.forms.signing_in.ResetPasswordForm",
    "reauthenticate": "accounts.forms.signing_in.ConfirmPasswordForm",
    "confirm_email_verification_code": "accounts.forms.signing_in.VerifyForm",
}
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 300
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = 3
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# Several rates on one key are a delay that grows. `/key` is the account (or the code's address), `/ip` the caller.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,60/h/ip,5/5m/key,15/h/key,40/d/key",
    "signup": "10/m/ip,40/h/ip",
    "confirm_email": "1/10s/key,6/h/key",
    "verify_code": "30/m/ip,5/5m/key,20/h/key",
    "reset_password": "10/m/ip,60/h/ip,2/m/key,6/h/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
    "reauthenticate": "5/m/user",
    "nonce": "30/m/ip,300/h/ip",
    # Codes by SMS, whatever for: `/key` is the number.
    "send_code": "10/m/ip,30/h/ip,100/d/ip,1/30s/key,5/h/key,10/d/key",
    "try_code": "30/m/ip,120/h/ip,5/5m/key,15/h/key,40/d/key",
    "manage_email": "10/m/user,30/h/user",
    "passkey": "60/m/ip",
    "take_data": "6/h/user",
}
# Accounts elsewhere, by what the environment names (config/issuers.py). Their tokens are never kept.
SOCIALACCOUNT_ADAPTER = "accounts.social.SocialAdapter"
SOCIALACCOUNT_PROVIDERS = social_providers(env)
SOCIALACCOUNT_QUERY_EMAIL = True
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5
RECOVERY_SILENT_DAYS: int = env.int("RECOVERY_SILENT_DAYS", default=90)  # then its backup phone may claim an account
RECOVERY_WAIT_DAYS: int = env.int("RECOVERY_WAIT_DAYS", default=7)  # and gets it so much later
# A file that knows where IP addresses are used (config/places.py), for people's lists of their devices; none: they show none.
GEOIP_DATABASE: str = env("GEOIP_DATABASE", default="")
# How long a challenge can be answered, and how long after that the confirmed act can be done.
STEP_UP_LIFETIME_S = 300

# Second factors. Secrets of authenticator apps and recovery codes are encrypted by accounts/factors.py.
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
# The domain that passkeys belong to: the portal's host, or a parent domain that the consoles share with it.
# Whoever changes it makes every passkey useless.
PASSKEY_DOMAIN: str = env("PASSKEY_DOMAIN", default=urlsplit(PORTAL_ORIGIN).hostname or "")
# Origins besides the portal's that passkeys may be used from: native apps, as `android:apk-key-hash:...`.
PASSKEY_APP_ORIGINS: list[str] = env.list("PASSKEY_APP_ORIGINS", default=[])
# Consoles take staff in with a second factor only.
STAFF_SECOND_FACTOR: bool = env.bool("STAFF_SECOND_FACTOR", default=not DEBUG)

HEADLESS_CLIENTS = ("app",)
# Links in mails lead to the portal, whatever Host header asked for them.
HEADLESS_FRONTEND_URLS = {
    "account_signup": f"{PORTAL_ORIGIN}/signup/",
    "account_reset_password": f"{PORTAL_ORIGIN}/reset/",
    "account_reset_password_from_key": f"{PORTAL_ORIGIN}/reset/{{key}}/",
}
HEADLESS_TOKEN_STRATEGY = "accounts.tokens.TokenStrategy"  # noqa: S105 a path
# Who issues the API's tokens: named in each, and checked. See accounts/tokens.py.
TOKEN_ISSUER = PORTAL_ORIGIN
ACCESS_TOKEN_LIFETIME = timedelta(minutes=15)
REFRESH_TOKEN_LIFETIME = timedelta(days=14)

# --- mail --------------------------------------------------------------------------------------------

MAILERS = {"default": mailer(required("MAIL_URL", in_debug=f"filemail:///{VAR_DIR / 'outbox'}"))}
DEFAULT_FROM_EMAIL: str = env("MAIL_FROM", default="Florin <no-reply@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Who runs this installation, by name and address, and how people reach them: in the terms of use and the privacy notice.
OPERATOR = {
    "name": env("OPERATOR_NAME", default="Florin"),
    "address": env("OPERATOR_ADDRESS", default=""),
    "email": env("OPERATOR_EMAIL", default="support@localhost"),
}

# --- text messages -----------------------------------------------------------------------------------

# Codes and notices by SMS: "gateway" at SMS_URL (docs/operations.md has its protocol), "sandbox", which writes files and
# rings no phone, or "none", which leaves the phone out as a way in.
SMS_URL: str = env("SMS_URL", default="")
SMS_TOKEN: str = env("SMS_TOKEN", default="")
SMS_SENDER: str = env("SMS_SENDER", default="Florin")
SMS_PROVIDER: str = env("SMS_PROVIDER", default="gateway" if SMS_URL else "sandbox" if ALLOW_SANDBOX else "none")
# Whose numbers codes are sent to (two letters each, ISO 3166); none named: every country's. Fewer countries, fewer messages
# that somebody could make us pay for.
SMS_COUNTRIES: list[str] = env.list("SMS_COUNTRIES", default=[])
SMS_OUTBOX = VAR_DIR / "outbox" / "sms"

# --- language and time -------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("pt-br", "Português (Brasil)"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "config.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- browsers ----------------------------------------------------------------------------------------

SECURE_CSP = CONTENT_POLICY
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT: bool = env.bool("SECURE_SSL_REDIRECT", default=not DEBUG)
SECURE_HSTS_SECONDS: int = env.int("SECURE_HSTS_SECONDS", default=0 if DEBUG else HSTS_YEAR_S)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True

# A cookie named __Host- is sent over https only, to this very host, and no subdomain can set it.
_COOKIE_PREFIX = "" if DEBUG else "__Host-"
SESSION_ENGINE = "config.sessions"
SESSION_COOKIE_NAME = f"{_COOKIE_PREFIX}florin"
SESSION_SERIALIZER = "config.sealing.SealedSerializer"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = not DEBUG
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"  # config.sessions says why
CSRF_COOKIE_NAME = f"{_COOKIE_PREFIX}florin_csrf"
CSRF_COOKIE_SECURE = not DEBUG
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "config.views.csrf_failure"
DEVICE_COOKIE_NAME = f"{_COOKIE_PREFIX}florin_device"  # accounts.known_devices
LANGUAGE_COOKIE_SECURE = not DEBUG
LANGUAGE_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
STAFF_IDLE_S = 15 * 60  # a console session ends after this long without a request
STAFF_SESSION_S = 12 * 3600  # and after this long whatever happens

# Bodies: forms and JSON stay far below this; uploads have their own limit in their view.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_NUMBER_FILES = 30

# --- the API -----------------------------------------------------------------------------------------

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.AccessTokenAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["config.api.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "config.api.JSONUnlessChosen",
    "DEFAULT_PAGINATION_CLASS": "config.pagination.CursorPagination",
    "DEFAULT_FILTER_BACKENDS": ["config.pagination.StrictFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "config.openapi.AutoSchema",
    # No scope on a view, no look-up: only views that name a `throttle_scope` pay for one.
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.ScopedRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"sync": "60/min"},
    "NUM_PROXIES": TRUSTED_PROXIES,
    "EXCEPTION_HANDLER": "config.problems.exception_handler",
    # OPTIONS is answered 405: the OpenAPI schema describes every address.
    "DEFAULT_METADATA_CLASS": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "TEST_REQUEST_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer", "rest_framework.renderers.MultiPartRenderer"],
    "UNICODE_JSON": True,
    "COMPACT_JSON": True,
}

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Florin API",
    "DESCRIPTION": "Wallets, payments and stores. Errors are RFC 9457 problems;"
    " every write that moves money takes an Idempotency-Key.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_URLCONF": "config.urls.portal",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "AuthMethod": "accounts.models.Session.AuthMethod",
        "ConsentKind": "accounts.models.Consent.Kind",
        "TransactionKind": "payments.models.Transaction.Kind",
        "TransactionStatus": "payments.models.Transaction.Status",
        "WalletKind": "payments.models.Wallet.Kind",
        "WalletStatus": "payments.models.Wallet.Status",
        "AssetKind": "payments.models.Asset.Kind",
        "StoreStatus": "merchants.models.Store.Status",
        "PayoutType": "merchants.models.payout.PayoutType",
        "StoreEventType": "merchants.webhooks.events.TYPES",
        "StorePaymentStatus": "merchants.queries.StorePayment.STATUSES",
        "Direction": [("incoming", "incoming"), ("outgoing", "outgoing"), ("internal", "internal")],
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- consoles ----------------------------------------------------------------------------------------

UNFOLD_AGENT = unfold.look("agent", _("Agent console"))
UNFOLD_ADMIN = unfold.look("admin", _("Admin console"))

# --- limits of the product ---------------------------------------------------------------------------

MAX_WALLETS_PER_USER = 5
CHARGE_LIFETIME_S: int = env.int("CHARGE_LIFETIME_S", default=600)
QUOTE_LIFETIME_S: int = env.int("QUOTE_LIFETIME_S", default=60)
# Basis points of the amount, paid by the payer beside it; kinds not named are free.
FEE_BASIS_POINTS: dict[str, int] = {
    "conversion": env.int("FEE_CONVERSION_BASIS_POINTS", default=50),
    "withdrawal": env.int("FEE_WITHDRAWAL_BASIS_POINTS", default=0),
    "payout": env.int("FEE_PAYOUT_BASIS_POINTS", default=20),
}
# From how much on a payment wants a fresh proof of who pays (R23): in the first asset, and in others worth as much by
# the European Central Bank's rates; further entries ("50000 CREDIT") say it for an asset those don't know.
STEP_UP_FROM: list[str] = env.list("STEP_UP_FROM", default=["500.00 EUR", "50000 CREDIT"])
# Hours until a limit that somebody raised is in force: time to notice that it was not them.
LIMIT_RAISE_DELAY_H: int = env.int("LIMIT_RAISE_DELAY_H", default=24)
# Money from and to the outside: "sandbox" (docs/sandbox.md) or "none", which switches topping up and withdrawing off.
FUNDING_PROVIDER: str = env("FUNDING_PROVIDER", default="sandbox" if ALLOW_SANDBOX else "none")
# Who pays stores out by Pix and to banks: "sandbox" (docs/sandbox.md), "pix_api" (a Brazilian bank's), "bank_file" (ISO 20022
# files that an admin hands to the bank), or "none". Into wallets of this platform the ledger pays by itself.
PAYOUT_PIX_PROVIDER: str = env("PAYOUT_PIX_PROVIDER", default="sandbox" if ALLOW_SANDBOX else "none")
PAYOUT_BANK_PROVIDER: str = env("PAYOUT_BANK_PROVIDER", default="sandbox" if ALLOW_SANDBOX else "none")
# How old a payment may be when its customer disputes it, and how long the store has before it is given back.
DISPUTE_WINDOW_DAYS: int = env.int("DISPUTE_WINDOW_DAYS", default=120)
DISPUTE_ANSWER_DAYS: int = env.int("DISPUTE_ANSWER_DAYS", default=10)
PIX_API = PixApi.of(env)  # the bank of "pix_api"
BANK_FILE = BankAccount.of(env)  # that "bank_file" pays from
# From how much on a payout wants a second person's approval; written and compared as STEP_UP_FROM.
PAYOUT_APPROVAL_FROM: list[str] = env.list("PAYOUT_APPROVAL_FROM", default=["5000.00 EUR"])
# Hosts that webhooks may reach in a private network, and by plain http: exact names.
OUTBOUND_ALLOWED_HOSTS: list[str] = env.list("OUTBOUND_ALLOWED_HOSTS", default=[])
PROVIDER_TIMEOUT_S: int = env.int("PROVIDER_TIMEOUT_S", default=10)
# Exchange rates: "ecb_history", which ships with its package and needs no network, or "ecb_daily" from RATES_URL.
RATES_PROVIDER: str = env("RATES_PROVIDER", default="ecb_history" if DEBUG else "ecb_daily")
RATES_URL: str = env("RATES_URL", default="https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml")
RATES_MAX_AGE_DAYS: int = env.int("RATES_MAX_AGE_DAYS", default=5)  # no rates are published from Good Friday to Easter Monday
IDEMPOTENCY_KEY_DAYS = 30
# After an account is closed, the identity that the platform had verified is kept for so long: what the law against money
# laundering asks for where the platform works (five years in the European Union).
IDENTITY_KEPT_YEARS: int = env.int("IDENTITY_KEPT_YEARS", default=5)
# Jobs that stand in no app's `tasks`.
PROCRASTINATE_IMPORT_PATHS = ["config.erasure.tasks"]
IDEMPOTENCY_WAIT_MS = 3000  # how long a second try waits for the first to finish

# --- logs and checks ---------------------------------------------------------------------------------

LOG_LEVEL: str = env("LOG_LEVEL", default="INFO")
LOGGING_CONFIG = "config.logs.configure"
LOGGING = {"level": LOG_LEVEL, "human": DEBUG}

# E-mail is unique in any case by a constraint on lower(email), which this check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
