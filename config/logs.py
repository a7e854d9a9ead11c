"""Logs: one JSON object a line in production, readable lines in development, and no personal data in either.

What the code passes is chosen with care; what libraries and tracebacks pass is not, so every line
is cleaned of e-mail addresses, phone and card numbers and tokens just before it is written.
"""

import datetime as dt
import json
import logging
import logging.config
import re
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypedDict

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)*")
PHONE = re.compile(r"\+[1-9](?:[ .()-]{0,3}\d){6,14}\b")
CARD = re.compile(r"(?<![\w-])(?<!\d\.)\d(?:[ -]?\d){12,18}(?![\w-]|\.\d)")
TOKEN = re.compile(r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?|(?<=earer )[^\s\",;\\]{6,}")
# Anything named as a secret and followed by its value, inside JSON too.
SECRET = re.compile(
    r"(?i)\b(authorization|cookie|csrfmiddlewaretoken|idempotency-key|password|secret|sessionid|token|api[_-]?key)"
    r"(\\?\"?\s*[:=]\s*\\?\"?)(?:bearer\s+)?[^\s\",;&'\\\[]{6,}"
)
# Django says these once more in its own words, with the path, which may hold a code or an address.
SAID_BY_THE_REQUEST_LINE = {"django.request", "django.security.DisallowedHost", "django.security.csrf"}


# The request that is being answered; `config.middleware` sets it, and every line says it.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

WENT_WELL = {"start_job", "job_success"}  # what procrastinate calls it


class Settings(TypedDict):
    """The LOGGING setting."""

    level: str
    human: bool


def clean(line: str) -> str:
    """The line without personal data and secrets."""
    if "@" in line:
        line = EMAIL.sub("[e-mail]", line)
    if "+" in line:
        line = PHONE.sub("[phone]", line)
    line = TOKEN.sub("[token]", line)
    line = CARD.sub(_hide_card, line)
    return SECRET.sub(r"\1\2[secret]", line)


def _hide_card(found: re.Match[str]) -> str:
    digits = [int(digit) for digit in found[0] if digit.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return found[0] if (sum(digits[-1::-2]) + sum(doubled)) % 10 else "[card]"


@dataclass(frozen=True, slots=True)
class RequestLine:
    """What is written of each request: a route's pattern, because paths hold codes, ids and addresses.

    Logged as a message of its own kind: it holds nothing to be cleaned, and runs in every payment.
    """

    request_id: str
    site: str | None
    method: str | None
    route: str | None
    status: int
    ms: float
    user: str | None

    def __str__(self) -> str:
        return f"{self.status} {self.method} {self.site} {self.route!r} {self.ms} ms"

    def as_json(self) -> str:
        """The line that production writes."""
        return ENCODER.encode({
            "timestamp": dt.datetime.now(dt.UTC).isoformat(), "level": "info", "event": "request",
            "request_id": self.request_id, "site": self.site, "method": self.method, "route": self.route,
            "status": self.status, "ms": self.ms, "user": self.user,
        })  # fmt: skip


ENCODER = json.JSONEncoder()


class NotSaidTwice(logging.Filter):
    """Drops Django's own lines about refused requests, keeps those about bugs without their path."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write the record."""
        if record.name not in SAID_BY_THE_REQUEST_LINE:
            return True
        if not record.exc_info:
            return False
        record.msg, record.args = "unhandled error", ()
        return True


class CleanFormatter(structlog.stdlib.ProcessorFormatter):
    """structlog's formatter, cleaned. With `human` for eyes, else for programs."""

    def __init__(self, *, human: bool) -> None:
        super().__init__(
            processors=_rendering(human), foreign_pre_chain=[*SHARED, structlog.stdlib.ExtraAdder(), _drop_request, _name_job]
        )
        self.human = human

    def format(self, record: logging.LogRecord) -> str:
        """One line (in development, a traceback may follow)."""
        if isinstance(record.msg, RequestLine) and not self.human:
            return record.msg.as_json()
        return clean(super().format(record))


class NoLineForEachJob(logging.Filter):
    """Drops the worker's lines about jobs that went well, two for each payment and mail; what failed stays."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write the record."""
        return not (record.name.startswith("procrastinate") and getattr(record, "action", "") in WENT_WELL)


def _name_job(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    # procrastinate hangs the whole job on its records and says its arguments: ids of people's things, a whole sealed mail.
    job = event.get("job")
    if isinstance(job, dict) and "call_string" in job:
        event["event"] = str(event["event"]).replace(job["call_string"], job["task_name"])
        event["job"] = job["id"]
        event.pop("worker", None)
    return event


def _drop_request(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    # Django hangs the whole request on its records; its repr holds the path and query.
    for key in ("request", "status_code"):
        event.pop(key, None)
    return event


def _add_request_id(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    if found := request_id.get():
        event["request_id"] = found
    return event


SHARED: list[Processor] = [
    _add_request_id,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure(settings: Settings) -> None:
    """Set up logging; Django calls this as `LOGGING_CONFIG`."""
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig({
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": CleanFormatter, "human": settings["human"]}},
        "filters": {"not_said_twice": {"()": NotSaidTwice}, "no_line_for_each_job": {"()": NoLineForEachJob}},
        "handlers": {
            "out": {
                "class": "logging.StreamHandler", "formatter": "line", "filters": ["not_said_twice", "no_line_for_each_job"],
            },
        },
        "root": {"handlers": ["out"], "level": settings["level"]},
        # DEFAULT_LOGGING gives these handlers of their own.
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": [], "level": "INFO", "propagate": True},
            # So would be a line for each job that is queued.
            **{f"procrastinate.{name}": {"level": "WARNING"} for name in ("blueprints", "jobs", "periodic")},
        },
    })  # fmt: skip


def _rendering(human: bool) -> list[Any]:
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if human:
        return [strip, structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    return [strip, structlog.processors.format_exc_info, structlog.processors.JSONRenderer(sort_keys=False)]
