"""Authenticator apps and recovery codes: what they open, once, and how they rest."""

import datetime as dt
from functools import partial

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts import factors
from accounts.errors import (
    AuthenticatorAppActive,
    LastWayIn,
    LongerPasswordNeeded,
    NoSecondFactor,
    PasswordDemanded,
    WrongCode,
)
from accounts.models import FactorSecret, User
from accounts.operations import activate_totp, add_passkey, remove_factor, renew_recovery_codes
from accounts.passkeys import NewPasskey
from audit.models import AuditEntry
from config.encryption import TamperedValueError
from tests.factories import PASSWORD, UserFactory
from tests.mailbox import Mailbox
from tests.threads import together
from tests.unchanged import nothing_changes, refused

NOW = dt.datetime(2026, 5, 20, 12, 0, 10, tzinfo=dt.UTC)
STEP = dt.timedelta(seconds=30)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SHORT = "kestrel9moss"


def code_at(when: dt.datetime, secret: str = SECRET) -> str:
    return format_hotp_value(hotp_value(secret, int(when.timestamp()) // 30))


def set_up(user: User, now: dt.datetime = NOW) -> Authenticator:
    return activate_totp(user=user, secret=SECRET, code=code_at(now), now=now)


def passkey_for(user: User, name: str) -> Authenticator:
    made = NewPasskey(name, {"credential": {}, "credential_id": name, "sign_count": 0, "is_synced": True})
    return add_passkey(user=user, passkey=made, name=name, now=NOW)


def codes_of(user: User) -> list[str]:
    return factors.unused_codes(Authenticator.objects.get(user=user, type="recovery_codes"))


def at_rest(row: Authenticator) -> str:
    """Everything the database holds of it."""
    return f"{row.data} {FactorSecret.objects.values('content').get(factor=row)}"


def proves(user: User, code: str, now: dt.datetime = NOW) -> str | None:
    factor = factors.use_code(user=user, code=code, now=now)
    return factor.type if factor else None


class TestAuthenticatorApp:
    """Codes that change every thirty seconds."""

    def test_is_set_up_by_one_of_its_codes(self, alice: User, mailbox: Mailbox) -> None:
        set_up(alice)
        assert factors.factors_of(alice).methods == ["totp", "recovery_code"]
        assert [entry.action for entry in AuditEntry.objects.all()] == ["totp.added"]
        assert mailbox()[0].subject == "Two-step verification is on"

    def test_is_not_set_up_by_another_code(self, alice: User) -> None:
        with refused(WrongCode):
            activate_totp(user=alice, secret=SECRET, code=code_at(NOW + 5 * STEP), now=NOW)

    def test_is_set_up_once(self, alice: User) -> None:
        set_up(alice)
        with refused(AuthenticatorAppActive):
            set_up(alice, NOW + STEP)

    @pytest.mark.parametrize("drift", [-1, 0, 1])
    def test_forgives_a_clock_that_is_a_little_wrong(self, alice: User, drift: int) -> None:
        set_up(alice, NOW - 10 * STEP)
        assert proves(alice, code_at(NOW + drift * STEP)) == "totp"

    @pytest.mark.parametrize("drift", [-3, -2, 2, 3])
    def test_refuses_codes_of_other_times(self, alice: User, drift: int) -> None:
        set_up(alice, NOW - 10 * STEP)
        assert proves(alice, code_at(NOW + drift * STEP)) is None

    @pytest.mark.parametrize("spelling", ["{0}", "{0:.3} {1}", " {0} ", "{0:.3}-{1}"])
    def test_takes_the_code_as_people_type_it(self, alice: User, spelling: str) -> None:
        set_up(alice, NOW - 10 * STEP)
        code = code_at(NOW)
        assert proves(alice, spelling.format(code, code[3:])) == "totp"

    @pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "0" * 1000])
    def test_refuses_what_is_no_code(self, alice: User, code: str) -> None:
        set_up(alice, NOW - 10 * STEP)
        with nothing_changes():
            assert proves(alice, code) is None

    def test_no_code_works_twice(self, alice: User) -> None:
        set_up(alice)
        assert proves(alice, code_at(NOW)) is None, "the code that set it up"
        assert proves(alice, code_at(NOW + STEP), NOW + STEP) == "totp"
        assert proves(alice, code_at(NOW + STEP), NOW + 2 * STEP) is None, "within the drift, after a cache would forget"
        assert proves(alice, code_at(NOW), NOW + STEP) is None, "older than the last one"

    def test_is_nobody_elses(self, alice: User, mallory: User) -> None:
        set_up(alice, NOW - 10 * STEP)
        activate_totp(user=mallory, secret=SECRET[::-1], code=code_at(NOW - 10 * STEP, SECRET[::-1]), now=NOW - 10 * STEP)
        assert proves(mallory, code_at(NOW)) is None

    def test_its_secret_rests_unreadable_and_opens_for_its_owner_only(self, alice: User, mallory: User) -> None:
        row = set_up(alice)
        assert SECRET not in at_rest(row)
        Authenticator.objects.filter(pk=row.pk).update(user=mallory)
        with pytest.raises(TamperedValueError):
            proves(mallory, code_at(NOW + STEP), NOW + STEP)


class TestRecoveryCodes:
    """Codes on paper."""

    def test_are_ten_and_each_opens_once(self, alice: User) -> None:
        set_up(alice)
        codes = codes_of(alice)
        assert len(set(codes)) == 10
        assert all(len(code) == 8 and code.isdigit() for code in codes)
        assert proves(alice, f"{codes[3][:4]} {codes[3][4:]}") == "recovery_codes"
        assert proves(alice, codes[3]) is None
        assert codes_of(alice) == [code for code in codes if code != codes[3]]

    def test_rest_unreadable(self, alice: User) -> None:
        set_up(alice)
        row = Authenticator.objects.get(user=alice, type="recovery_codes")
        kept = at_rest(row)
        assert [code for code in codes_of(alice) if code in kept] == []

    def test_are_void_when_there_are_new_ones(self, alice: User, mailbox: Mailbox) -> None:
        set_up(alice)
        old = codes_of(alice)
        renew_recovery_codes(user=alice, now=NOW)
        assert not set(old) & set(codes_of(alice))
        assert proves(alice, old[0]) is None
        assert mailbox()[-1].subject == "You have new recovery codes"

    def test_stand_in_for_something(self, alice: User) -> None:
        with refused(NoSecondFactor):
            renew_recovery_codes(user=alice, now=NOW)

    def test_say_when_they_run_out(self, alice: User) -> None:
        set_up(alice)
        for code in codes_of(alice)[:7]:
            assert not factors.factors_of(alice).has_few_codes
            proves(alice, code)
        assert factors.factors_of(alice).codes_left == 3
        assert factors.factors_of(alice).has_few_codes


class TestRemoving:
    """Going back to one step (R19)."""

    def test_the_last_factor_takes_the_recovery_codes_along(self, alice: User, mailbox: Mailbox) -> None:
        row = set_up(alice)
        remove_factor(factor=row, password=PASSWORD, now=NOW)
        assert factors.factors_of(alice).methods == []
        assert not Authenticator.objects.filter(user=alice).exists()
        assert AuditEntry.objects.get(action="totp.removed").metadata == {"was_last": True}
        assert "your recovery codes work no longer" in str(mailbox()[-1].body)

    def test_another_factor_keeps_them(self, alice: User) -> None:
        row = set_up(alice)
        passkey_for(alice, "Laptop")
        remove_factor(factor=row, password="", now=NOW)
        assert factors.factors_of(alice).methods == ["passkey", "recovery_code"]

    @pytest.mark.parametrize("password", ["", "not her password", PASSWORD + " "])
    def test_the_last_one_takes_the_password(self, alice: User, password: str) -> None:
        row = set_up(alice)
        with refused(PasswordDemanded):
            remove_factor(factor=row, password=password, now=NOW)

    def test_a_short_password_can_not_stand_alone(self, alice: User) -> None:
        row = set_up(alice)
        User.objects.filter(pk=alice.pk).update(password=make_password(SHORT))
        with refused(LongerPasswordNeeded):
            remove_factor(factor=row, password=SHORT, now=NOW)

    def test_the_last_way_in_stays(self, db: None) -> None:
        nova = UserFactory.create(password=make_password(None))
        row = passkey_for(nova, "Only one")
        with refused(LastWayIn):
            remove_factor(factor=row, password="", now=NOW)


def test_one_code_typed_many_times_at_once_opens_once(transactional_db: None, alice: User) -> None:
    set_up(alice, NOW - 10 * STEP)
    assert together([lambda: proves(alice, code_at(NOW))] * 8).count("totp") == 1
    spare = codes_of(alice)[0]
    assert together([lambda: proves(alice, spare)] * 8).count("recovery_codes") == 1


def test_two_factors_removed_at_once_are_one_after_the_other(transactional_db: None, alice: User) -> None:
    """Whichever is the last one asks for the password, so one stays (R19)."""
    rows = [set_up(alice), passkey_for(alice, "Laptop")]
    outcomes = together([partial(remove_factor, factor=row, password="", now=timezone.now()) for row in rows])
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "PasswordDemanded"]
    assert Authenticator.objects.filter(user=alice, type__in=factors.STRONG).count() == 1
    assert len(codes_of(alice)) == 10


def test_two_apps_set_up_at_once_are_one(transactional_db: None, alice: User) -> None:
    outcomes = together([lambda: set_up(alice)] * 2)
    assert {type(outcome) for outcome in outcomes} == {Authenticator, AuthenticatorAppActive}
    assert Authenticator.objects.filter(user=alice).count() == 2
