"""The texts that people agree to."""

import hashlib
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.legal import VERSIONS, Text, edition, texts_in_force
from accounts.models import Consent

FOLDER = Path(settings.BASE_DIR) / "templates" / "texts"
TEXTS = [Text(kind, version) for kind, versions in VERSIONS.items() for version in versions]
# People agreed to these words. Whoever has others to say writes a new version beside the old one.
DIGESTS = {
    "terms/2026-11-26": "a1147d979ff729ffb1afb8fa9ce93789d0a0f0348160418f84ba25fa1851f3d1",
    "privacy/2026-11-26": "54e931d27dc41ab1a64d9d65968a6102e4b839867560200a57c81145ffec59b1",
    "marketing/2026-11-26": "b1f28f3769737c2b12113feabdf4b0fb6987ef86d257550e9a1e6b13751064e9",
}


def test_none_was_changed_after_it_was_published() -> None:
    found = {
        f"{text.kind}/{text.version}": hashlib.sha256((FOLDER.parent / text.template).read_bytes()).hexdigest()
        for text in TEXTS
    }
    assert found == DIGESTS


def test_every_text_that_lies_there_is_a_version() -> None:
    lie_there = {str(path.relative_to(FOLDER.parent)) for path in FOLDER.glob("*/*.html")}
    assert lie_there == {text.template for text in TEXTS}


@pytest.mark.parametrize("kind", Consent.Kind)
def test_versions_are_in_order(kind: Consent.Kind) -> None:
    assert list(VERSIONS[kind]) == sorted(set(VERSIONS[kind]))


def test_the_edition_is_that_of_the_youngest_required_text() -> None:
    assert edition() == max(text.version for text in texts_in_force() if text.is_required)


@pytest.mark.django_db
class TestPages:
    """Where they are read."""

    @pytest.mark.parametrize(
        ("path", "title"),
        [("/terms/", "Terms of use"), ("/privacy/", "Privacy notice"), ("/texts/marketing/2026-11-26/", "News by mail")],
    )
    def test_are_open_to_everybody(self, client: Client, path: str, title: str) -> None:
        page = client.get(path)
        assert page.status_code == 200
        assert f"<h1>{title}</h1>" in page.content.decode()
        assert "Version of 26 November 2026" in page.content.decode()

    @pytest.mark.parametrize(("language", "words"), [("pt-BR", "Quem somos"), ("es", "Quiénes somos"), ("en", "Who we are")])
    def test_speak_the_readers_language(self, client: Client, language: str, words: str) -> None:
        assert words in client.get("/terms/", headers={"Accept-Language": language}).content.decode()

    def test_name_who_runs_the_installation(self, client: Client, settings: Settings) -> None:
        settings.OPERATOR = {
            "name": "Lindenhof <b>Bank</b>", "address": "Lindenhof 12, Zürich", "email": "help@lindenhof.example",
        }  # fmt: skip
        for path in ("/terms/", "/privacy/"):
            page = client.get(path).content.decode()
            assert "Lindenhof &lt;b&gt;Bank&lt;/b&gt;" in page
            assert "Lindenhof 12, Zürich" in page
            assert "help@lindenhof.example" in page

    @pytest.mark.parametrize("path", ["/texts/terms/2020-01-01/", "/texts/face/2026-11-26/", "/texts/terms/page/"])
    def test_of_others_there_are_none(self, client: Client, path: str) -> None:
        assert client.get(path).status_code == 404

    @pytest.mark.parametrize("path", ["/", "/signin/", "/signup/"])
    def test_are_linked_from_the_foot_of_every_open_page(self, client: Client, path: str) -> None:
        page = client.get(path, follow=True).content.decode()
        assert 'href="/terms/"' in page
        assert 'href="/privacy/"' in page

    def test_say_when_a_newer_version_is_in_force(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        older = VERSIONS[Consent.Kind.TERMS]
        monkeypatch.setattr("accounts.legal.VERSIONS", {**VERSIONS, Consent.Kind.TERMS: (*older, "2027-01-01")})
        page = client.get(f"/texts/terms/{older[-1]}/").content.decode()
        assert "This is an earlier version" in page
