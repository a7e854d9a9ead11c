"""One effect per key (R2), and keys that belong to their caller (R3): one try after the other. tests/races has the others."""

import json
import uuid
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponseRedirect, QueryDict
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from accounts.models import User
from audit import trail
from audit.models import AuditEntry
from config.errors import Refused
from config.idempotency import FORM_KEY, Answer, KeyedForm, KeyReused, digest_of, idempotent, once, redirect_once
from config.models import IdempotencyKey

pytestmark = pytest.mark.django_db


class TooLate(Refused):
    """Said after the work was done, so that it must be undone."""

    code = "too_late"
    status = 409


class Payments(APIView):
    """Leaves one audit entry for each effect."""

    @idempotent
    def post(self, request: Request) -> Response:
        assert isinstance(request.user, User)
        assert isinstance(request.data, dict)
        trail.record("test.paid", actor=request.user, resource=request.user, now=timezone.now())
        if request.data.get("late"):
            raise TooLate
        return Response({"id": uuid.uuid4(), "amount": request.data["amount"]}, status=201)


def pay(person: User, key: str | None, body: Any = None, *, path: str = "/api/payments") -> Response:
    headers = {} if key is None else {"HTTP_IDEMPOTENCY_KEY": key}
    request = APIRequestFactory().post(path, body or {"amount": "1.00"}, format="json", **headers)
    force_authenticate(request, person)
    answer = Payments.as_view()(request)
    answer.render()
    return answer


def body_of(answer: Response) -> Any:
    return json.loads(answer.content)


def effects() -> int:
    return AuditEntry.objects.filter(action="test.paid").count()


def test_answers_a_replay_with_the_first_status_and_body(alice: User) -> None:
    first, second = pay(alice, "order-0001"), pay(alice, "order-0001")
    assert (first.status_code, second.status_code) == (201, 201)
    assert body_of(first) == body_of(second)
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert effects() == 1


def test_takes_the_same_values_in_another_order_for_the_same_request(alice: User) -> None:
    first = pay(alice, "order-0001", {"amount": "1.00", "note": "tea"})
    second = pay(alice, "order-0001", {"note": "tea", "amount": "1.00"})
    assert body_of(first) == body_of(second)
    assert effects() == 1


@pytest.mark.parametrize("key", [None, "", "seven77", "x" * 101, "with space", "tab\there", "uml\u00e4ut-key"])
def test_demands_a_key(alice: User, key: str | None) -> None:
    answer = pay(alice, key)
    assert (answer.status_code, body_of(answer)["code"]) == (400, "idempotency_key_missing")
    assert (effects(), IdempotencyKey.objects.count()) == (0, 0)


@pytest.mark.parametrize("other", [{"amount": "2.00"}, {"amount": 1}, {"amount": "1.00", "note": "x"}, {"amount": "1.0"}])
def test_refuses_other_contents_under_the_same_key(alice: User, other: dict[str, object]) -> None:
    pay(alice, "order-0001")
    answer = pay(alice, "order-0001", other)
    assert (answer.status_code, body_of(answer)["code"]) == (422, "idempotency_key_reused")
    assert body_of(answer)["money_moved"] is False
    assert effects() == 1


def test_refuses_the_key_at_another_address(alice: User) -> None:
    pay(alice, "order-0001")
    assert body_of(pay(alice, "order-0001", path="/api/refunds"))["code"] == "idempotency_key_reused"
    assert effects() == 1


def test_keeps_the_keys_of_two_people_apart(alice: User, bruno: User) -> None:
    first, second = pay(alice, "order-0001"), pay(bruno, "order-0001")
    assert (first.status_code, second.status_code) == (201, 201)
    assert body_of(first)["id"] != body_of(second)["id"]
    assert effects() == 2


def test_frees_the_key_of_a_refused_request(alice: User) -> None:
    refused = pay(alice, "order-0001", {"late": True, "amount": "1.00"})
    assert (refused.status_code, body_of(refused)["code"]) == (409, "too_late")
    assert (effects(), IdempotencyKey.objects.count()) == (0, 0)
    assert pay(alice, "order-0001").status_code == 201
    assert effects() == 1


def test_costs_two_round_trips_beside_the_work(alice: User) -> None:
    with CaptureQueriesContext(connection) as queries:
        once(caller=alice.pk, key="order-0001", digest=bytes(32), work=lambda: Answer(201, {}))
    assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) == 2


def test_leaves_the_limit_on_other_locks_as_it_was(alice: User) -> None:
    seen = []

    def work() -> Answer:
        with connection.cursor() as cursor:
            cursor.execute("show lock_timeout")
            seen.append(cursor.fetchone()[0])
        return Answer(201, {})

    once(caller=alice.pk, key="order-0001", digest=bytes(32), work=work)
    with connection.cursor() as cursor:
        cursor.execute("set local lock_timeout = '7s'")
    once(caller=alice.pk, key="order-0002", digest=bytes(32), work=work)
    assert seen == ["0", "7s"]


def test_gives_every_part_of_a_request_its_weight() -> None:
    digests = {
        digest_of("POST", "/a", contents={"b": "1"}),
        digest_of("PUT", "/a", contents={"b": "1"}),
        digest_of("POST", "/ab", contents={"": "1"}),
        digest_of("POST", "/a", contents={"b": 1}),
        digest_of("POST", "/a", contents={"b": ["1"]}),
        digest_of("POST", "/a", contents={"b": None}),
        digest_of("POST", "/a", contents={}),
        digest_of("POST", "/a", contents=None),
    }
    assert len(digests) == 8


# --- forms ---


def send(person: User, posted: dict[str, str], *, to: str = "/receipts/1") -> tuple[KeyedForm, HttpResponseRedirect]:
    request = RequestFactory().post("/send/", posted)
    request.user = person
    form = KeyedForm(request.POST)
    assert form.is_valid()

    def work() -> str:
        trail.record("test.paid", actor=person, resource=person, now=timezone.now())
        return to

    return form, redirect_once(request, form=form, work=work)


def test_leads_every_copy_of_a_form_to_the_first_result(alice: User) -> None:
    posted = {FORM_KEY: str(uuid.uuid4()), "amount": "5.00", "csrfmiddlewaretoken": "one"}
    _form, first = send(alice, posted)
    _form, second = send(alice, posted | {"csrfmiddlewaretoken": "two"}, to="/receipts/2")
    assert (first.url, second.url) == ("/receipts/1", "/receipts/1")
    assert effects() == 1


def test_gives_a_form_sent_back_with_other_contents_a_key_of_its_own(alice: User) -> None:
    posted = {FORM_KEY: str(uuid.uuid4()), "amount": "5.00"}
    send(alice, posted)
    request = RequestFactory().post("/send/", posted | {"amount": "6.00"})
    request.user = alice
    form = KeyedForm(request.POST)
    assert form.is_valid()
    with pytest.raises(KeyReused):
        redirect_once(request, form=form, work=lambda: pytest.fail("a second payment"))
    assert form[FORM_KEY].value() not in {None, posted[FORM_KEY]}
    assert effects() == 1


def test_makes_a_new_key_for_each_form_shown() -> None:
    first, second = KeyedForm(), KeyedForm()
    assert first[FORM_KEY].value() != second[FORM_KEY].value()
    assert 'type="hidden"' in str(first[FORM_KEY])


@pytest.mark.parametrize("key", ["", "1", "x" * 36])
def test_refuses_a_form_without_its_key(key: str) -> None:
    assert not KeyedForm(QueryDict(f"{FORM_KEY}={key}")).is_valid()
