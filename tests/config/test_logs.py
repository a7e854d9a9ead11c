"""One line for each request, nothing personal in it, and one id that ties answer and lines together."""

import datetime as dt
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.conf import settings as django_settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from accounts.models import User
from audit.trail import origin
from config import logs
from config.middleware import RequestMiddleware
from tests.doors import portal_client

CARD = "4111 1111 1111 1111"
CANARIES = [
    "carla.canary@example.com",
    "CARLA.CANARY@EXAMPLE.COM",
    "carla+tag@sub.example.co.uk",
    "+351912345678",
    "+55 (11) 91234-5678",
    "+1 415 555 2671",
    CARD,
    CARD.replace(" ", ""),
    CARD.replace(" ", "-"),
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "Bearer abcdef0123456789",
    "sessionid=abcdef0123456789",
    "password=correct-horse-battery",
    '"password": "correct-horse-battery"',
    "token: abcdef0123456789",
    "api_key=sk_live_abcdef",
    "Idempotency-Key: order-0001-abcdef",
]


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What production would write, from here on."""
    stream = io.StringIO()
    root = logging.getLogger()
    before = root.handlers[:]
    logs.configure(logs.Settings(level="INFO", human=False))
    for handler in root.handlers:
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(stream)
    yield stream
    logs.configure(logs.Settings(level=django_settings.LOG_LEVEL, human=True))
    root.handlers[:] = before


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def crash(log: logging.Logger, error: Exception, message: str, *values: object, extra: dict[str, object] | None = None) -> None:
    """What a library does that lets nothing through."""
    try:
        raise error
    except type(error):
        log.exception(message, *values, extra=extra)


def request_line(stream: io.StringIO) -> dict[str, Any]:
    (found,) = [line for line in lines(stream) if line["event"] == "request"]
    return found


@pytest.mark.django_db
def test_says_who_asked_what_with_which_result(written: io.StringIO, alice: User) -> None:
    answer = portal_client(alice).get("/profile/", {"tab": "name"})
    line = request_line(written)
    assert isinstance(line.pop("ms"), float)
    assert dt.datetime.fromisoformat(line.pop("timestamp")).utcoffset() == dt.timedelta()
    assert line == {
        "event": "request",
        "level": "info",
        "request_id": answer.headers["X-Request-ID"],
        "site": "portal",
        "method": "GET",
        "route": "profile/",
        "status": 200,
        "user": str(alice.pk),
    }


@pytest.mark.django_db
def test_names_the_pattern_and_not_the_path(written: io.StringIO, client: Client) -> None:
    client.get("/problems/carla.canary@example.com")
    client.get("/problems/secret-code?email=carla.canary@example.com")
    client.get("/carla.canary@example.com/912345678")
    assert [line["route"] for line in lines(written)] == ["", "problems/<slug:code>", ""]
    assert "canary" not in written.getvalue()
    assert "secret-code" not in written.getvalue()
    assert "912345678" not in written.getvalue()


@pytest.mark.parametrize("canary", CANARIES)
def test_hides_what_is_personal_or_secret_wherever_it_comes_from(written: io.StringIO, canary: str) -> None:
    structlog.get_logger("florin.test").warning("event", note=f"about {canary}.", nested={"deep": [canary]})
    logging.getLogger("library").error("failed for %s", canary, extra={"who": canary})
    crash(logging.getLogger("library"), ValueError(f"Key (email)=({canary}) already exists"), "crash")
    text = written.getvalue()
    assert len(lines(written)) == 3
    secret = canary.rsplit("=", 1)[-1].rsplit(": ", 1)[-1].rsplit("Bearer ", 1)[-1].strip('"')
    assert secret not in text
    assert "ValueError" in text


@pytest.mark.parametrize(
    "harmless",
    [
        "0192f3a4-5b6c-7d8e-9f00-112233445566",
        "2026-11-21T04:09:01.313705Z",
        "1763697600000000",  # a time in microseconds
        "4111 1111 1111 1112",  # no card: the check digit is wrong
        "balance 1234567890123",
        "2 + 2 = 4",
        "tokens are refreshed",
        "payments/<uuid:pk>/refunds",
    ],
)
def test_leaves_everything_else_alone(harmless: str) -> None:
    assert logs.clean(harmless) == harmless


def test_writes_of_a_bug_its_traceback_and_not_its_address(written: io.StringIO) -> None:
    request = RequestFactory().get("/pay/A7B3C9?email=carla.canary@example.com")
    log = logging.getLogger("django.request")
    crash(log, RuntimeError("broken"), "Internal Server Error: %s", request.path, extra={"request": request})
    (line,) = lines(written)
    assert line["event"] == "unhandled error"
    assert "RuntimeError: broken" in line["exception"]
    assert "A7B3C9" not in written.getvalue()


def test_ties_every_line_of_a_request_to_it(written: io.StringIO) -> None:
    def view(_request: HttpRequest) -> HttpResponse:
        logging.getLogger("library").warning("slow")
        structlog.get_logger("florin.payments").warning("slow")
        return HttpResponse()

    answer = RequestMiddleware(view)(RequestFactory().get("/"))
    assert [line["request_id"] for line in lines(written)] == [answer.headers["X-Request-ID"]] * 3
    logging.getLogger("library").warning("later")
    assert "request_id" not in lines(written)[-1]


def test_does_not_repeat_djangos_own_lines_about_refused_requests(written: io.StringIO) -> None:
    logging.getLogger("django.request").warning("Not Found: %s", "/pay/A7B3C9")
    logging.getLogger("django.security.DisallowedHost").error("Invalid HTTP_HOST header: 'evil.example'.")
    assert written.getvalue() == ""


def test_reads_well_in_development() -> None:
    renderer = logs.CleanFormatter(human=True)
    record = logging.LogRecord("florin", logging.INFO, __file__, 1, "paid by %s", ("carla.canary@example.com",), None)
    line = renderer.format(record)
    assert "paid by [e-mail]" in line
    assert not line.startswith("{")
    answered = logs.RequestLine("id", "portal", "GET", "pay/<code>", 200, 1.5, None)
    assert "200 GET portal 'pay/<code>' 1.5 ms" in renderer.format(logging.makeLogRecord({"msg": answered}))


# --- ids and origins ---


def visit(settings: Settings, *, proxies: int = 0, **meta: str) -> tuple[HttpResponse, dict[str, str | None]]:
    settings.TRUSTED_PROXIES = proxies
    seen: dict[str, str | None] = {}

    def view(request: HttpRequest) -> HttpResponse:
        seen["ip"], seen["agent"] = origin.get().ip_address, origin.get().user_agent
        seen["id"] = request.request_id  # type: ignore[attr-defined]  # the middleware's
        return HttpResponse()

    answer = RequestMiddleware(view)(RequestFactory().get("/", **meta))  # type: ignore[arg-type]  # META values
    assert answer.headers["X-Request-ID"] == seen["id"]
    return answer, seen


def test_gives_each_request_an_id_of_its_own(settings: Settings) -> None:
    ids = {visit(settings)[1]["id"] for _request in range(50)}
    assert len(ids) == 50


def test_takes_an_id_from_our_proxy_only(settings: Settings) -> None:
    assert visit(settings, HTTP_X_REQUEST_ID="from-outside-1234")[1]["id"] != "from-outside-1234"
    assert visit(settings, proxies=1, HTTP_X_REQUEST_ID="from-proxy-1234")[1]["id"] == "from-proxy-1234"


@pytest.mark.parametrize(
    "sent", ["", "short", "x" * 65, "with space 1234", "line\nbreak-1234", 'quote"1234567', "<script>1234"]
)
def test_takes_no_id_that_could_break_a_line_or_a_header(settings: Settings, sent: str) -> None:
    assert visit(settings, proxies=1, HTTP_X_REQUEST_ID=sent)[1]["id"] != sent


@pytest.mark.parametrize(
    ("proxies", "forwarded", "peer", "expected"),
    [
        (0, "", "203.0.113.7", "203.0.113.7"),
        (0, "198.51.100.1", "203.0.113.7", "203.0.113.7"),
        (1, "198.51.100.1", "10.0.0.1", "198.51.100.1"),
        (1, "1.1.1.1, 198.51.100.1", "10.0.0.1", "198.51.100.1"),  # the caller wrote the first itself
        (2, "1.1.1.1, 198.51.100.1, 10.0.0.2", "10.0.0.1", "198.51.100.1"),
        (2, "198.51.100.1", "10.0.0.1", "10.0.0.1"),  # came around one proxy
        (1, "", "10.0.0.1", None),
        (1, "nonsense", "10.0.0.1", None),
        (0, "", "unix:", None),
        (0, "", "", None),
        (0, "", "::ffff:203.0.113.7", "203.0.113.7"),
        (0, "", "2001:DB8::1", "2001:db8::1"),
        (0, "", "fe80::1%eth0", "fe80::1"),
    ],
)
def test_knows_where_a_request_came_from(
    settings: Settings, proxies: int, forwarded: str, peer: str, expected: str | None
) -> None:
    _answer, seen = visit(settings, proxies=proxies, REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded, HTTP_USER_AGENT="a test")
    assert (seen["ip"], seen["agent"]) == (expected, "a test")


def test_forgets_the_origin_after_the_request(settings: Settings) -> None:
    visit(settings, REMOTE_ADDR="203.0.113.7")
    assert origin.get().ip_address is None
    assert logs.request_id.get() is None


def test_does_not_ask_the_database_for_the_logs_sake(client: Client) -> None:
    """pytest-django refuses any query here; the session cookie would name a person."""
    client.cookies["florin"] = "a" * 32
    assert client.get("/api/nothing").status_code == 404


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("start_job", []),
        ("job_success", []),
        ("job_error_retry", ["Job mail.deliver ended"]),
        ("start_worker", ["Job mail.deliver ended"]),
    ],
)
def test_says_of_jobs_what_failed_and_never_their_arguments(written: io.StringIO, action: str, said: list[str]) -> None:
    call = "mail.deliver[7](sealed='gAAAAAbcdefghijklmnop')"
    job = {"id": 7, "task_name": "mail.deliver", "call_string": call, "task_kwargs": {"sealed": "gAAAAAbcdefghijklmnop"}}
    extra = {"action": action, "job": job, "worker": {"name": "worker", "job_id": 7}}
    logging.getLogger("procrastinate.worker").info("Job %s ended", call, extra=extra)

    assert [line["event"] for line in lines(written)] == said
    assert "gAAAA" not in written.getvalue()
