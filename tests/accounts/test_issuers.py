"""Signing in with accounts elsewhere, against a real issuer and GitHub's answers (R19, R27 of what others vouch for)."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import environ
import jwt
import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from pytest_django import Settings

from accounts.legal import has_agreed
from accounts.models import Consent, Session, User
from accounts.operations import suspend_user
from accounts.ways import ways_of
from audit.models import AuditEntry
from config.issuers import social_providers
from tests import doors
from tests.accounts.issuers import Peer, running_github, running_issuer, set_out
from tests.factories import PASSWORD, UserFactory
from tests.mailbox import Mailbox
from tests.shown import AGREED, SHOWN
from tests.unchanged import nothing_changes

pytestmark = pytest.mark.django_db(transaction=True)  # a refusal ends the transaction of a request

VARIABLES = {
    "OIDC_PROVIDERS": "neon",
    "OIDC_NEON_NAME": "Neon Auth",
    "OIDC_NEON_CLIENT_ID": "florin",
    "OIDC_NEON_CLIENT_SECRET": "secret",
    "GITHUB_CLIENT_ID": "octo",
    "GITHUB_CLIENT_SECRET": "secret",
}
SESSIONS = "django_session"  # where allauth keeps what it waits for


@pytest.fixture(scope="module")
def issuer_peer() -> Iterator[Peer]:
    """One issuer for the module."""
    with running_issuer() as peer:
        yield peer


@pytest.fixture
def issuer(issuer_peer: Peer, monkeypatch: pytest.MonkeyPatch, settings: Settings, transactional_db: None) -> Peer:
    """It is configured as `neon`, and knows Zoe, whose address it has proven."""
    issuer_peer.loose, issuer_peer.meddle = False, {}
    issuer_peer.put("zoe-7", email="zoe@example.com", email_verified=True, name="Zoe Quist")
    configure(monkeypatch, settings, OIDC_NEON_ISSUER=issuer_peer.url)
    return issuer_peer


def configure(monkeypatch: pytest.MonkeyPatch, settings: Settings, **more: str) -> None:
    for name, value in {**VARIABLES, **more}.items():
        monkeypatch.setenv(name, value)
    settings.SOCIALACCOUNT_PROVIDERS = social_providers(environ.Env())


def come_in(client: Client, issuer: Peer, sub: str = "zoe-7") -> Any:
    return client.get(issuer.allow(set_out(client, "neon", **SHOWN), sub))


def test_offers_what_is_configured_and_nothing_else(client: Client, issuer: Peer, settings: Settings) -> None:
    page = client.get("/signin/").content.decode()
    assert "Continue with Neon Auth" in page
    assert "Continue with GitHub" in page
    assert "Continue with Google" not in page
    settings.SOCIALACCOUNT_PROVIDERS = social_providers(environ.Env())
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"].clear()
    assert "Neon Auth" not in client.get("/signup/").content.decode()


def test_opens_an_account_with_the_proven_address_and_comes_back(client: Client, issuer: Peer) -> None:
    answer = come_in(client, issuer)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    user = User.objects.get()
    assert (user.email, user.name, user.has_usable_password()) == ("zoe@example.com", "Zoe Quist", False)
    assert EmailAddress.objects.get(user=user).verified
    account = SocialAccount.objects.get()
    assert (account.provider, account.uid, account.extra_data) == ("neon", "zoe-7", {"email": "zoe@example.com"})
    assert not SocialToken.objects.exists()
    assert Session.objects.get().auth_method == "oidc"
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "user.signed_up",
        *AGREED,
        "user.signed_in",
    ]

    again = come_in(Client(), issuer)
    assert again.status_code == 302
    assert User.objects.count() == 1
    assert [session.user for session in Session.objects.all()] == [user, user]
    assert SocialAccount.objects.get().extra_data == {"email": "zoe@example.com"}


def test_agrees_to_the_texts_that_were_shown_before_leaving(client: Client, issuer: Peer) -> None:
    client.get(issuer.allow(set_out(client, "neon", **SHOWN), "zoe-7"))
    assert sorted(Consent.objects.values_list("kind", flat=True)) == ["privacy", "terms"]
    assert has_agreed(User.objects.get())


def test_agrees_to_no_text_that_is_old_or_was_not_shown(client: Client, issuer: Peer) -> None:
    client.get(issuer.allow(set_out(client, "neon", terms_version="2020-01-01"), "zoe-7"))
    assert User.objects.count() == 1
    assert not Consent.objects.exists()


def test_asks_by_pkce_with_a_nonce_that_is_new_each_time(client: Client, issuer: Peer) -> None:
    come_in(client, issuer)
    come_in(Client(), issuer)
    first, second = issuer.asked[-2:]
    assert first["code_challenge_method"] == "S256"
    assert first["redirect_uri"] == "http://testserver/signin/with/neon/back/"
    for name in ("code_challenge", "nonce", "state"):
        assert first[name]
        assert first[name] != second[name]


def test_leads_on_to_where_they_were_going(client: Client, issuer: Peer) -> None:
    back = issuer.allow(set_out(client, "neon", next="/profile/devices/"), "zoe-7")
    assert client.get(back).headers["Location"] == "/profile/devices/"
    away = issuer.allow(set_out(Client(), "neon", next="https://evil.example/"), "zoe-7")
    other = Client()
    address = set_out(other, "neon", next="https://evil.example/")
    assert other.get(issuer.allow(address, "zoe-7")).headers["Location"] == "/"
    assert "evil" not in away


@pytest.mark.parametrize("claims", [{"email_verified": False}, {"email_verified": "true"}, {}], ids=["no", "text", "silent"])
def test_takes_no_address_that_is_only_claimed(client: Client, issuer: Peer, alice: User, claims: dict[str, Any]) -> None:
    issuer.put("mallory", email=alice.email, name="Mallory", **claims)
    assert come_in(client, issuer, "mallory").status_code == 302
    opened = User.objects.exclude(pk=alice.pk).get()
    assert (opened.email, opened.name) == (None, "Mallory")
    assert client.get("/profile/").status_code == 200


def test_never_signs_in_by_an_address_alone(client: Client, issuer: Peer) -> None:
    UserFactory(email="zoe@example.com")
    back = issuer.allow(set_out(client, "neon"), "zoe-7")
    with nothing_changes(SESSIONS):
        answer = client.get(back)
    assert answer.status_code == 409
    assert "link the two" in answer.content.decode()
    assert client.get("/profile/").status_code == 302


def test_keeps_the_suspended_out(client: Client, issuer: Peer, alice: User, bruno: User) -> None:
    SocialAccount.objects.create(user=alice, provider="neon", uid="zoe-7")
    suspend_user(user=alice, actor=bruno, reason="test", now=alice.created_at)
    back = issuer.allow(set_out(client, "neon"), "zoe-7")
    answer = client.get(back)
    assert answer.headers["Location"] == "/suspended/"
    assert not Session.objects.filter(user=alice, revoked_at__isnull=True).exists()


class TestRefuses:
    """Answers that are not for this sign-in, or not from this issuer: nobody comes in and nothing changes."""

    def refused(self, client: Client, back: str, status: int = 401) -> str:
        with nothing_changes(SESSIONS):
            answer = client.get(back)
        assert answer.status_code == status, answer.content
        assert client.get("/profile/").status_code == 302
        return str(answer.content.decode())

    def test_an_answer_to_another_browser(self, client: Client, issuer: Peer) -> None:
        back = issuer.allow(set_out(Client(), "neon"), "zoe-7")
        assert "did not confirm who you are" in self.refused(client, back)

    def test_an_answer_that_came_before(self, client: Client, issuer: Peer) -> None:
        back = issuer.allow(set_out(client, "neon"), "zoe-7")
        assert client.get(back).status_code == 302
        client.post("/signout/")
        self.refused(client, back)

    def test_a_code_of_another_sign_in_by_pkce(self, client: Client, issuer: Peer) -> None:
        self.refused(client, self.spliced(client, issuer))

    def test_a_code_of_another_sign_in_by_its_nonce(self, client: Client, issuer: Peer) -> None:
        issuer.loose = True
        self.refused(client, self.spliced(client, issuer))

    def spliced(self, client: Client, issuer: Peer) -> str:
        """The victim's own state with the code of somebody else's sign-in."""
        theirs = issuer.allow(set_out(Client(), "neon"), "zoe-7")
        own = issuer.allow(set_out(client, "neon"), "somebody")
        state = parse_qs(urlsplit(own).query)["state"][0]
        code = parse_qs(urlsplit(theirs).query)["code"][0]
        return f"/signin/with/neon/back/?code={code}&state={state}"

    def test_a_token_for_another_client(
        self, client: Client, issuer: Peer, monkeypatch: pytest.MonkeyPatch, settings: Settings
    ) -> None:
        back = issuer.allow(set_out(client, "neon"), "zoe-7")
        configure(monkeypatch, settings, OIDC_NEON_ISSUER=issuer.url, OIDC_NEON_CLIENT_ID="another")
        self.refused(client, back)

    def test_user_info_about_somebody_else(self, client: Client, issuer: Peer) -> None:
        issuer.meddle = {"sub": "alice-1"}
        self.refused(client, issuer.allow(set_out(client, "neon"), "zoe-7"))

    def test_somebody_who_declines(self, client: Client, issuer: Peer) -> None:
        back = issuer.allow(set_out(client, "neon"), "zoe-7", action="deny")
        assert "You did not allow it there" in self.refused(client, back)

    def test_a_made_up_state(self, client: Client, issuer: Peer) -> None:
        self.refused(client, "/signin/with/neon/back/?code=abc&state=def")

    def test_an_issuer_that_does_not_answer(
        self, client: Client, issuer: Peer, monkeypatch: pytest.MonkeyPatch, settings: Settings
    ) -> None:
        back = issuer.allow(set_out(client, "neon"), "zoe-7")
        configure(monkeypatch, settings, OIDC_NEON_ISSUER="http://127.0.0.1:9")
        assert "does not answer" in self.refused(client, back, status=503)
        with nothing_changes(SESSIONS):
            assert client.post("/signin/with/neon/").status_code == 503

    def test_a_configuration_of_another_issuer(
        self, client: Client, issuer: Peer, monkeypatch: pytest.MonkeyPatch, settings: Settings
    ) -> None:
        configure(monkeypatch, settings, OIDC_NEON_ISSUER=issuer.url.replace("localhost", "127.0.0.1") + "/.well-known/../")
        assert client.post("/signin/with/neon/").status_code == 503

    def test_what_nobody_configured(self, client: Client, issuer: Peer) -> None:
        assert client.post("/signin/with/okta/").status_code == 404
        assert client.get("/signin/with/okta/back/?code=a&state=b").status_code == 404


class TestApps:
    """An app's own ID token, by API."""

    def nonce(self, client: Client) -> str:
        answer = client.post("/api/auth/provider/nonce", {"provider": "neon"}, content_type="application/json")
        assert answer.json()["client_id"] == "florin"
        return str(answer.json()["nonce"])

    def present(self, client: Client, id_token: str) -> Any:
        body = {"provider": "neon", "id_token": id_token}
        return client.post("/api/auth/provider", body, content_type="application/json")

    def test_sign_in_and_open_accounts(self, client: Client, issuer: Peer) -> None:
        answer = self.present(client, issuer.id_token("zoe-7", nonce=self.nonce(client)))
        assert answer.status_code == 200, answer.content
        assert answer.json()["user"]["email"] == "zoe@example.com"
        assert Session.objects.get().auth_method == "oidc"

    def test_agree_to_the_texts_that_were_shown(self, client: Client, issuer: Peer) -> None:
        token = issuer.id_token("zoe-7", nonce=self.nonce(client))
        body = {"provider": "neon", "id_token": token, **SHOWN}
        assert client.post("/api/auth/provider", body, content_type="application/json").status_code == 200
        assert has_agreed(User.objects.get())

    def test_sign_in_once(self, client: Client, issuer: Peer) -> None:
        token = issuer.id_token("zoe-7", nonce=self.nonce(client))
        assert self.present(client, token).status_code == 200
        with nothing_changes():
            assert self.present(client, token).json()["code"] == "provider_refused"

    @pytest.mark.parametrize("attack", ["no nonce of ours", "another client", "changed", "unsigned", "no token"])
    def test_are_refused(self, client: Client, issuer: Peer, attack: str) -> None:
        nonce = self.nonce(client)
        token = {
            "no nonce of ours": lambda: issuer.id_token("zoe-7", nonce="a" * 32),
            "another client": lambda: issuer.id_token("zoe-7", nonce=nonce, client_id="another"),
            "changed": lambda: changed(issuer.id_token("zoe-7", nonce=nonce)),
            "unsigned": lambda: unsigned(issuer.id_token("zoe-7", nonce=nonce)),
            "no token": lambda: "a.b.c",
        }[attack]()
        with nothing_changes():
            answer = self.present(client, token)
        assert (answer.status_code, answer.json()["code"]) == (401, "provider_refused")

    def test_of_github_have_no_tokens(self, client: Client, issuer: Peer) -> None:
        body = {"provider": "github", "id_token": "a.b.c"}
        assert client.post("/api/auth/provider", body, content_type="application/json").status_code == 404


def changed(token: str) -> str:
    """The claims of somebody else under the old signature."""
    head, _claims, signature = token.split(".")
    claims = {**jwt.decode(token, options={"verify_signature": False}), "sub": "alice-1"}
    return ".".join([head, jwt.encode(claims, "k" * 32).split(".")[1], signature])


def unsigned(token: str) -> str:
    """The same claims with `alg: none`, and the key's name."""
    kid = jwt.get_unverified_header(token)["kid"]
    return jwt.encode(jwt.decode(token, options={"verify_signature": False}), "", algorithm="none", headers={"kid": kid})


def leave_to_link(browser: Client, provider: str) -> str:
    """Press "link", and show who it is. Answers the address at the provider that the page leads to."""
    asked = browser.post(f"/profile/ways/with/{provider}/").headers["Location"]
    assert asked.startswith("/confirm/act/")
    assert browser.post(asked, {"password": PASSWORD}).status_code == 302
    return set_out(browser, provider, "/profile/ways/with/{}/")


def unlink(browser: Client, account: SocialAccount) -> None:
    (way,) = [way for way in ways_of(account.user) if way.key == account.pk]
    asked = browser.post(f"/profile/ways/{way.id}/remove/").headers["Location"]
    assert browser.post(asked, {"password": PASSWORD}).status_code == 302
    assert browser.post(f"/profile/ways/{way.id}/remove/").headers["Location"] == "/profile/ways/"


class TestLinking:
    """A signed-in person leaves for an issuer and comes back one way in the richer, or as they left."""

    def test_links_signs_in_and_unlinks(self, alice: User, client: Client, issuer: Peer, mailbox: Mailbox) -> None:
        browser = doors.portal_client(alice)
        answer = browser.get(issuer.allow(leave_to_link(browser, "neon"), "zoe-7"))
        assert answer.headers["Location"] == "/profile/ways/"
        assert "Neon Auth" in browser.get("/profile/ways/").content.decode()
        assert [mail.subject for mail in mailbox()] == ["A way to sign in was added"]
        assert come_in(client, issuer).headers["Location"] == "/"
        assert client.get("/profile/").context["user"] == alice
        unlink(browser, SocialAccount.objects.get())
        assert come_in(Client(), issuer).status_code == 302  # as somebody new, with the address that Zoe has proven
        assert SocialAccount.objects.get().user.email == "zoe@example.com"

    def test_asks_who_it_is_before_anybody_leaves(self, alice: User, issuer: Peer) -> None:
        browser = doors.portal_client(alice)
        with nothing_changes(SESSIONS):
            assert browser.post("/profile/ways/with/neon/").headers["Location"].startswith("/confirm/act/")

    def test_changes_nothing_of_somebody_elses(self, alice: User, mallory: User, issuer: Peer) -> None:
        """Whoever holds the account there too: what the provider says now is not written over what stands here."""
        SocialAccount.objects.create(user=alice, provider="neon", uid="zoe-7", extra_data={"email": "hers@example.com"})
        browser = doors.portal_client(mallory)
        back = issuer.allow(leave_to_link(browser, "neon"), "zoe-7")
        with nothing_changes(SESSIONS):
            answer = browser.get(back)
        assert (answer.status_code, SocialAccount.objects.get().user) == (409, alice)

    def test_links_once(self, alice: User, issuer: Peer) -> None:
        browser = doors.portal_client(alice)
        browser.get(issuer.allow(leave_to_link(browser, "neon"), "zoe-7"))
        back = issuer.allow(leave_to_link(browser, "neon"), "zoe-7")
        with nothing_changes(SESSIONS):
            assert browser.get(back).status_code == 409

    def test_an_answer_to_link_links_in_no_other_browser(self, alice: User, mallory: User, issuer: Peer) -> None:
        """Somebody made to open another's answer would have that other's account as a way in."""
        back = issuer.allow(leave_to_link(doors.portal_client(mallory), "neon"), "zoe-7")
        victim = doors.portal_client(alice)
        with nothing_changes(SESSIONS):
            assert victim.get(back).status_code == 401

    def test_somebody_who_declines_is_as_they_left(self, alice: User, issuer: Peer) -> None:
        browser = doors.portal_client(alice)
        back = issuer.allow(leave_to_link(browser, "neon"), "zoe-7", action="deny")
        with nothing_changes(SESSIONS):
            assert browser.get(back).status_code == 401
        assert browser.get("/profile/ways/").status_code == 200


class TestGitHub:
    """The wire format of GitHub's OAuth app flow."""

    @pytest.fixture(autouse=True)
    def github(self, issuer: Peer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        with running_github() as url:
            monkeypatch.setattr(GitHubOAuth2Adapter, "access_token_url", f"{url}/login/oauth/access_token")
            monkeypatch.setattr(GitHubOAuth2Adapter, "profile_url", f"{url}/api/v3/user")
            monkeypatch.setattr(GitHubOAuth2Adapter, "emails_url", f"{url}/api/v3/user/emails")
            yield

    def test_opens_an_account(self, client: Client) -> None:
        address = urlsplit(set_out(client, "github"))
        asked = parse_qs(address.query)
        assert f"{address.scheme}://{address.netloc}{address.path}" == "https://github.com/login/oauth/authorize"
        assert asked["code_challenge_method"] == ["S256"]
        assert asked["redirect_uri"] == ["http://testserver/signin/with/github/back/"]
        answer = client.get(f"/signin/with/github/back/?code=abc&state={asked['state'][0]}")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/")
        user = User.objects.get()
        assert (user.email, user.name) == ("mona@example.com", "Mona Octocat")
        account = SocialAccount.objects.get()
        assert (account.provider, account.uid) == ("github", "583231")
        again = Client()
        state = parse_qs(urlsplit(set_out(again, "github")).query)["state"][0]
        assert again.get(f"/signin/with/github/back/?code=abc&state={state}").status_code == 302
        assert SocialAccount.objects.get().extra_data == {"email": "mona@example.com"}

    def test_links_and_unlinks(self, alice: User, client: Client) -> None:
        browser = doors.portal_client(alice)
        answer = browser.get(self.back(leave_to_link(browser, "github")))
        assert (answer.status_code, answer.headers["Location"]) == (302, "/profile/ways/")
        account = SocialAccount.objects.get()
        assert (account.user, account.uid, account.extra_data) == (alice, "583231", {"email": "mona@example.com"})
        client.get(self.back(set_out(client, "github")))
        assert Session.objects.filter(user=alice, auth_method="oidc").count() == 1  # signed in by it elsewhere
        unlink(browser, account)
        assert not SocialAccount.objects.exists()

    def test_links_nobody_elses(self, alice: User, mallory: User) -> None:
        SocialAccount.objects.create(user=alice, provider="github", uid="583231", extra_data={"email": "hers@example.com"})
        browser = doors.portal_client(mallory)
        back = self.back(leave_to_link(browser, "github"))
        with nothing_changes(SESSIONS):
            assert browser.get(back).status_code == 409

    def back(self, address: str) -> str:
        return f"/signin/with/github/back/?code=abc&state={parse_qs(urlsplit(address).query)['state'][0]}"

    def test_refuses_a_made_up_state(self, client: Client) -> None:
        with nothing_changes(SESSIONS):
            assert client.get("/signin/with/github/back/?code=abc&state=def").status_code == 401


@pytest.mark.parametrize(
    "variables",
    [{"OIDC_PROVIDERS": "google"}, {"OIDC_PROVIDERS": "No Name"}, {"OIDC_PROVIDERS": "okta"}],
    ids=["taken", "no name", "without an issuer"],
)
def test_says_which_setting_is_wrong(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match="OIDC_"):
        social_providers(environ.Env())


def test_knows_google_by_its_client_id_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_CLIENT_ID", "florin.apps.googleusercontent.com")
    app = social_providers(environ.Env())["openid_connect"]["APPS"][0]
    assert (app["provider_id"], app["name"], app["settings"]["server_url"]) == (
        "google", "Google", "https://accounts.google.com",
    )  # fmt: skip
