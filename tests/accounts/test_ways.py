"""The ways in of an account, and that the last one stays."""

from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.utils import timezone

from accounts.errors import LastWayIn
from accounts.models import User
from accounts.ways import Kind, demand_another_way, way_id, ways_of
from tests.factories import UserFactory
from tests.threads import together
from tests.unchanged import refused

ADDRESS = "0x52908400098527886E0F7030069857D2E4169EE7"


def link(user: User, provider: str = "google", uid: str = "g-1") -> SocialAccount:
    return SocialAccount.objects.create(user=user, provider=provider, uid=uid, extra_data={"email": "a@example.net"})


def add_passkey(user: User, *, discoverable: bool | None = True) -> Authenticator:
    results = {} if discoverable is None else {"credProps": {"rk": discoverable}}
    data = {"name": "Alice's phone", "credential": {"clientExtensionResults": results}}
    return Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=data)


def bare(**fields: object) -> User:
    """Somebody without a password."""
    return UserFactory.create(password="!", email=None, **fields)


def test_knows_every_kind_in_a_fixed_order(alice: User) -> None:
    alice.phone, alice.phone_verified_at = "+351912345678", timezone.now()
    alice.save()
    passkey, wallet, google = add_passkey(alice), link(alice, "ethereum", ADDRESS), link(alice)
    assert [(way.id, way.name, way.detail) for way in ways_of(alice)] == [
        ("password", "alice@example.com", ""),
        ("phone", "+351912345678", ""),
        (f"passkey-{passkey.pk}", "Alice's phone", ""),
        (f"ethereum-{wallet.pk}", ADDRESS, ""),
        (f"account-{google.pk}", "google", "a@example.net"),
    ]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda user: EmailAddress.objects.filter(user=user).update(verified=False),
        lambda user: User.objects.filter(pk=user.pk).update(password="!"),
    ],
    ids=["address not proven", "no password"],
)
def test_counts_a_password_only_beside_a_proven_address(alice: User, spoil: Callable[[User], object]) -> None:
    spoil(alice)
    alice.refresh_from_db()
    assert ways_of(alice) == []


def test_counts_neither_a_claimed_phone_nor_a_key_that_is_only_a_second_factor(db: None) -> None:
    user = bare(phone="+351912345678")
    add_passkey(user, discoverable=False)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert ways_of(user) == []


def test_counts_a_passkey_whose_browser_did_not_say_what_it_is(db: None) -> None:
    user = bare()
    add_passkey(user, discoverable=None)
    assert [way.kind for way in ways_of(user)] == [Kind.PASSKEY]


def test_lets_all_but_the_last_go(alice: User) -> None:
    google = way_id(Kind.ACCOUNT, link(alice).pk)
    with transaction.atomic():
        assert demand_another_way(alice, without={google}) == alice
        assert demand_another_way(alice, without={"password"}) == alice
    with refused(LastWayIn):
        demand_another_way(alice, without={google, "password"})


def test_refuses_to_leave_an_account_without_any(db: None) -> None:
    user = bare()
    only = way_id(Kind.ETHEREUM, link(user, "ethereum", ADDRESS).pk)
    with refused(LastWayIn):
        demand_another_way(user, without={only})


def test_asks_to_be_called_inside_an_operation(transactional_db: None) -> None:
    with pytest.raises(RuntimeError):
        demand_another_way(UserFactory.create(), without=set())


def test_two_removals_at_once_leave_one(transactional_db: None) -> None:
    user = bare()
    accounts = [link(user, "google", "g-1"), link(user, "github", "h-1")]

    def remove(account: SocialAccount) -> Callable[[], object]:
        def attempt() -> object:
            with transaction.atomic():
                demand_another_way(user, without={way_id(Kind.ACCOUNT, account.pk)})
                return account.delete()

        return attempt

    outcomes = together([remove(account) for account in accounts])
    assert sorted(isinstance(outcome, LastWayIn) for outcome in outcomes) == [False, True]
    assert SocialAccount.objects.filter(user=user).count() == 1
