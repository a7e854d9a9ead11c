"""Who works in a store: inviting, joining, roles, leaving."""

import datetime as dt
import functools
import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import StepUpAct, User
from audit.models import AuditEntry
from merchants.errors import AlreadyInTeam, InvitationOver, LastOwner, NotInYourRole, TooManyInvitations
from merchants.models import Store, StoreInvitation, StoreMember
from merchants.operations import accept_invitation, change_role, invite_member, remove_member, withdraw_invitation
from merchants.operations import team as team_operations
from tests.doors import open_session
from tests.factories import UserFactory, hire
from tests.mailbox import Mailbox
from tests.proving import acting, confirmed, proven
from tests.refusals import refused
from tests.texts import Phones
from tests.threads import together

type Browser = Callable[[User], Client]
type Api = Callable[[User], APIClient]

STAFF, ADMIN, OWNER = StoreMember.Role.STAFF, StoreMember.Role.ADMIN, StoreMember.Role.OWNER
LINK = re.compile(r"http://localhost:8000/join/([\w-]+)/")


def member_of(store: Store, person: User) -> StoreMember:
    return store.members.get(user=person)


def role_of(store: Store, person: User) -> str | None:
    return StoreMember.objects.filter(store=store, user=person).values_list("role", flat=True).first()


def invite(
    store: Store, actor: User, *, role: str = STAFF, email: str = "zoe@example.com", now: dt.datetime | None = None
) -> str:
    return invite_member(store=store, role=role, email=email, actor=actor, now=now or timezone.now())[1]


# --- inviting and joining ---


def test_mails_a_link_that_lets_one_person_in(
    greengrocer: Store, amara: User, mallory: User, client_for: Browser, mailbox: Mailbox
) -> None:
    client_for(amara).post(reverse("store_invite", args=[greengrocer.pk]), {"to": "mallory@example.com", "role": "staff"})
    (mail,) = mailbox()
    assert mail.to == ["mallory@example.com"]
    assert mail.subject == "Amara Diallo asks you to work with Olivia's Greens"
    token = LINK.search(str(mail.body))[1]  # type: ignore[index]  # there is one
    assert token not in str(StoreInvitation.objects.values().get())

    browser = client_for(mallory)
    assert "Amara Diallo asks you to join the team as staff." in browser.get(f"/join/{token}/").content.decode()
    answer = browser.post(f"/join/{token}/")

    assert answer.headers["Location"] == reverse("store", args=[greengrocer.pk])
    assert role_of(greengrocer, mallory) == "staff"
    kept = StoreInvitation.objects.get()
    assert (kept.email, kept.accepted_by) == ("", mallory)
    assert client_for(UserFactory.create()).get(f"/join/{token}/").status_code == 404
    assert any("Mallory Finch works with Olivia's Greens now" in sent.subject for sent in mailbox())


def test_leads_a_stranger_to_sign_in_and_back(greengrocer: Store, olivia: User) -> None:
    token = invite(greengrocer, olivia)
    assert Client().get(f"/join/{token}/").headers["Location"] == f"/signin/?next=/join/{token}/"


def test_texts_the_link_to_a_phone(greengrocer: Store, olivia: User, phones: Phones) -> None:
    invite_member(store=greengrocer, role=STAFF, phone="+351912345678", actor=olivia, now=timezone.now())
    (text,) = phones()
    assert text.phone == "+351912345678"
    assert LINK.search(text.text)


@pytest.mark.django_db(transaction=True)
def test_lets_in_once_and_for_a_week_and_until_it_is_taken_back(greengrocer: Store, olivia: User, mallory: User) -> None:
    now = timezone.now()
    join = functools.partial(accept_invitation, person=mallory)
    late = invite(greengrocer, olivia, email="a@example.com")
    with refused(InvitationOver):
        join(token=late, now=now + dt.timedelta(days=7, seconds=1))
    taken_back = invite(greengrocer, olivia, email="b@example.com")
    withdraw_invitation(invitation=StoreInvitation.objects.get(email="b@example.com"), actor=olivia, now=now)
    with refused(InvitationOver):
        join(token=taken_back, now=now)
    with refused(InvitationOver):
        join(token="never-there", now=now)
    join(token=invite(greengrocer, olivia, email="c@example.com"), now=now)
    with refused(AlreadyInTeam):
        join(token=invite(greengrocer, olivia, email="d@example.com"), now=now)


@pytest.mark.django_db(transaction=True)
def test_a_second_invitation_to_the_same_address_ends_the_first(greengrocer: Store, olivia: User, mallory: User) -> None:
    first, second = invite(greengrocer, olivia), invite(greengrocer, olivia)
    with refused(InvitationOver):
        accept_invitation(token=first, person=mallory, now=timezone.now())
    assert accept_invitation(token=second, person=mallory, now=timezone.now()).role == "staff"


@pytest.mark.django_db(transaction=True)
def test_an_invitation_is_worth_no_more_than_who_sent_it(greengrocer: Store, olivia: User, amara: User, mallory: User) -> None:
    token = invite(greengrocer, amara)
    remove_member(member=member_of(greengrocer, amara), actor=olivia, now=timezone.now())
    with refused(InvitationOver):
        accept_invitation(token=token, person=mallory, now=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_of_many_who_open_one_link_at_once_one_joins(greengrocer: Store, olivia: User) -> None:
    token, people = invite(greengrocer, olivia), [UserFactory.create() for _person in range(6)]

    outcomes = together(
        [functools.partial(accept_invitation, token=token, person=person, now=timezone.now()) for person in people]
    )

    assert [type(outcome) for outcome in outcomes].count(StoreMember) == 1
    assert [type(outcome) for outcome in outcomes].count(InvitationOver) == 5
    assert greengrocer.members.count() == 2


@pytest.mark.django_db(transaction=True)
def test_does_not_write_to_strangers_without_end(greengrocer: Store, olivia: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team_operations, "WAITING_AT_ONCE", 2)
    for name in "ab":
        invite(greengrocer, olivia, email=f"{name}@example.com")
    with refused(TooManyInvitations):
        invite(greengrocer, olivia, email="c@example.com")


@pytest.mark.parametrize("to", ["", "zoe", "zoe@", "0912", "+1", "zoe@example.com\n@evil.example"])
def test_asks_for_an_address_that_can_be(to: str, greengrocer: Store, olivia: User, client_for: Browser) -> None:
    answer = client_for(olivia).post(reverse("store_invite", args=[greengrocer.pk]), {"to": to, "role": "staff"})
    assert answer.status_code == 422
    assert not StoreInvitation.objects.exists()


# --- owners ---


@pytest.mark.django_db(transaction=True)
def test_an_administrator_makes_no_owner_and_touches_none(greengrocer: Store, olivia: User, amara: User, carlos: User) -> None:
    now = timezone.now()
    with refused(NotInYourRole):
        invite(greengrocer, amara, role=OWNER)
    with refused(NotInYourRole):
        change_role(member=member_of(greengrocer, carlos), role=OWNER, actor=amara, now=now)
    with refused(NotInYourRole):
        change_role(member=member_of(greengrocer, olivia), role=STAFF, actor=amara, now=now)
    with refused(NotInYourRole):
        remove_member(member=member_of(greengrocer, olivia), actor=amara, now=now)
    with refused(NotInYourRole):
        invite(greengrocer, carlos)


@pytest.mark.django_db(transaction=True)
def test_whoever_makes_an_owner_confirms_it(greengrocer: Store, olivia: User, amara: User, api_for: Api) -> None:
    api, address = api_for(olivia), f"/api/stores/{greengrocer.pk}/members/{member_of(greengrocer, amara).pk}"
    assert role_of(greengrocer, amara) == "admin"
    answer = confirmed(api, lambda: api.patch(address, {"role": "owner"}))
    assert (answer.status_code, answer.json()["role"]) == (200, "owner")

    invitation = {"email": "zoe@example.com", "role": "owner"}
    other = {"email": "eve@example.com", "role": "owner"}
    assert confirmed(api, lambda: api.post(f"/api/stores/{greengrocer.pk}/invitations", invitation)).status_code == 201
    assert api.post(f"/api/stores/{greengrocer.pk}/invitations", other).json()["code"] == "step_up_required"


@pytest.mark.django_db(transaction=True)
def test_a_store_keeps_an_owner(greengrocer: Store, olivia: User, amara: User) -> None:
    now = timezone.now()
    with refused(LastOwner):
        remove_member(member=member_of(greengrocer, olivia), actor=olivia, now=now)
    with refused(LastOwner):
        change_role(member=member_of(greengrocer, olivia), role=ADMIN, actor=olivia, now=now)
    hire(greengrocer, UserFactory.create(), OWNER)
    remove_member(member=member_of(greengrocer, olivia), actor=olivia, now=now)
    assert role_of(greengrocer, olivia) is None


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_remove_each_other_leave_one(greengrocer: Store, olivia: User) -> None:
    other = hire(greengrocer, UserFactory.create(), OWNER)
    pairs = [(olivia, other), (other, olivia)]

    outcomes = together(
        [
            functools.partial(remove_member, member=member_of(greengrocer, gone), actor=actor, now=timezone.now())
            for actor, gone in pairs
        ]
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) in (
        ["NoneType", "NotInYourRole"], ["LastOwner", "NoneType"],
    )  # fmt: skip
    assert greengrocer.members.filter(role=OWNER).count() == 1


# --- leaving ---


def test_removal_ends_access_on_the_next_request(
    greengrocer: Store, amara: User, carlos: User, client_for: Browser, api_for: Api
) -> None:
    browser, api = client_for(carlos), api_for(carlos)
    till, charges = reverse("till", args=[greengrocer.pk]), f"/api/stores/{greengrocer.pk}/charges"
    assert browser.get(till).status_code == 200
    assert api.post(charges, {"amount": "1.00", "asset": "EUR"}).status_code == 201

    client_for(amara).post(reverse("store_member_remove", args=[greengrocer.pk, member_of(greengrocer, carlos).pk]))

    assert browser.get(till).status_code == 404
    assert api.post(charges, {"amount": "1.00", "asset": "EUR"}).status_code == 404
    entry = AuditEntry.objects.get(action="member.removed")
    assert (entry.actor, entry.customer, entry.old_values) == (amara, carlos, {"role": "staff"})


def test_anybody_may_leave(greengrocer: Store, carlos: User, client_for: Browser) -> None:
    client_for(carlos).post(reverse("store_leave", args=[greengrocer.pk]))
    assert role_of(greengrocer, carlos) is None
    assert AuditEntry.objects.filter(action="member.left", actor=carlos).exists()


def test_shows_the_team_and_what_each_may_change(
    greengrocer: Store, olivia: User, amara: User, carlos: User, client_for: Browser
) -> None:
    invite(greengrocer, olivia)
    shown = client_for(amara).get(reverse("store_team", args=[greengrocer.pk])).content.decode()
    assert "zoe@example.com" in shown
    assert reverse("store_member", args=[greengrocer.pk, member_of(greengrocer, carlos).pk]) in shown
    assert reverse("store_member", args=[greengrocer.pk, member_of(greengrocer, olivia).pk]) not in shown


def test_the_api_tells_and_changes_the_team(greengrocer: Store, olivia: User, carlos: User, api_for: Api) -> None:
    api, member = api_for(olivia), member_of(greengrocer, carlos)
    team = f"/api/stores/{greengrocer.pk}"
    assert {(row["name"], row["role"]) for row in api.get(f"{team}/members").json()["results"]} == {
        ("Olivia Prado", "owner"), ("Carlos Reis", "staff"),
    }  # fmt: skip
    assert api.patch(f"{team}/members/{member.pk}", {"role": "admin"}).json()["role"] == "admin"
    made = api.post(f"{team}/invitations", {"phone": "+351 912 345 678", "role": "staff"})
    assert (made.status_code, made.json()["phone"]) == (201, "+351912345678")
    assert [row["id"] for row in api.get(f"{team}/invitations").json()["results"]] == [made.json()["id"]]
    assert api.delete(f"{team}/invitations/{made.json()['id']}").status_code == 204
    assert api.delete(f"{team}/members/{member.pk}").status_code == 204
    assert role_of(greengrocer, carlos) is None


@pytest.mark.parametrize(
    "body",
    [{}, {"role": "staff"}, {"role": "boss", "email": "a@example.com"}, {"role": "staff", "email": "a"},
     {"role": "staff", "phone": "12"}, {"role": "staff", "email": "a@example.com", "phone": "+351912345678"},
     {"role": "staff", "email": "a@example.com", "store": "x"}],
)  # fmt: skip
def test_refuses_a_wrong_invitation(body: dict[str, str], greengrocer: Store, olivia: User, api_for: Api) -> None:
    answer = api_for(olivia).post(f"/api/stores/{greengrocer.pk}/invitations", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


@pytest.mark.django_db(transaction=True)
def test_a_proof_is_for_one_address_and_one_store(greengrocer: Store, olivia: User) -> None:
    session, now = open_session(olivia), timezone.now()
    proven(session, StepUpAct.MANAGE_OWNERS, {"store": str(greengrocer.pk), "invite": "zoe@example.com"}, now=now)
    with acting(session):
        assert invite(greengrocer, olivia, role=OWNER, email="zoe@example.com", now=now)
