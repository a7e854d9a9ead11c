"""/api/freeze."""

import pytest
from rest_framework.test import APIClient

from accounts.models import Session, User
from payments.models import AccountFreeze, Wallet
from tests import doors
from tests.payments.api.calls import ApiFor, codes_in, post
from tests.proving import confirm
from tests.unchanged import nothing_changes

pytestmark = pytest.mark.django_db(transaction=True)  # a refusal must undo a whole transaction, not the test's


@pytest.fixture
def session(alice: User) -> Session:
    return doors.open_session(alice)


@pytest.fixture
def api(session: Session) -> APIClient:
    return doors.api_client_of(session)


def test_freezes_says_since_when_and_unfreezes_with_a_proof(api: APIClient, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    assert api.get("/api/freeze").json() == {"frozen": False, "frozen_at": None}

    frozen = api.put("/api/freeze", {})

    assert (frozen.status_code, frozen.json()["frozen"]) == (200, True)
    with nothing_changes():
        assert api.get("/api/freeze").json() == api.put("/api/freeze", {}).json() == frozen.json()
    body = {"wallet": str(alice_eur.pk), "payee": {"email": "bruno@example.com"}, "amount": "5.00", "asset": "EUR"}
    with nothing_changes():
        assert post(api, "/api/transfers", body).json()["code"] == "wallet_frozen"
        refusal = api.delete("/api/freeze")
    assert (refusal.status_code, refusal.json()["code"]) == (403, "step_up_required")
    assert (refusal.json()["act"], refusal.json()["words"]) == ("unfreeze_account", "Unfreeze your account")

    assert confirm(api, refusal.json()["challenge"]).status_code == 200
    assert api.delete("/api/freeze").status_code == 204

    assert api.delete("/api/freeze").status_code == 204  # nothing is frozen any more, and nobody is asked
    assert api.get("/api/freeze").json()["frozen"] is False
    assert post(api, "/api/transfers", body).status_code == 201


def test_the_proof_of_one_device_ends_nothing_on_another(api: APIClient, alice: User, alice_eur: Wallet) -> None:
    api.put("/api/freeze", {})
    finder = doors.api_client(alice)  # whoever holds the lost phone
    confirm(api, api.delete("/api/freeze").json()["challenge"])
    with nothing_changes():
        assert finder.delete("/api/freeze").json()["code"] == "step_up_required"


def test_freezes_only_the_callers(api: APIClient, api_for: ApiFor, mallory: User, alice_eur: Wallet) -> None:
    api_for(mallory).put("/api/freeze", {})
    assert AccountFreeze.objects.get().user == mallory
    assert api.get("/api/freeze").json()["frozen"] is False
    assert Wallet.objects.get(pk=alice_eur.pk).status == "active"


def test_refuses_what_it_does_not_know(api: APIClient, alice_eur: Wallet) -> None:
    with nothing_changes():
        answer = api.put("/api/freeze", {"user": "somebody else"})
    assert (answer.status_code, codes_in(answer)) == (400, ["unknown_field"])
