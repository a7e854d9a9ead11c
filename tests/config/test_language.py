"""The language of an answer: of the API by header, of pages by header or cookie."""

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils.translation import gettext, override

from config.middleware import LanguageMiddleware


def said(path: str, accepted: str | None, *, cookie: str | None = None) -> str:
    """A sentence of Django's own, which all three languages have."""
    request = RequestFactory().get(path, headers={} if accepted is None else {"Accept-Language": accepted})
    request.urlconf = settings.ROOT_URLCONF
    if cookie:
        request.COOKIES[settings.LANGUAGE_COOKIE_NAME] = cookie

    def view(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(gettext("Enter a valid value."))

    with override("es"):  # whatever the thread's last request left behind
        return LanguageMiddleware(view)(request).content.decode()


ENGLISH, PORTUGUESE, SPANISH = "Enter a valid value.", "Informe um valor válido.", "Introduzca un valor válido."


@pytest.mark.parametrize("path", ["/api/wallets", "/wallets/"])
@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        (None, ENGLISH),
        ("", ENGLISH),
        ("en-GB,en;q=0.9", ENGLISH),
        ("pt-BR", PORTUGUESE),
        ("pt", PORTUGUESE),
        ("de, pt-PT;q=0.8, es;q=0.9", SPANISH),
        ("es-419", SPANISH),
        ("de,fr", ENGLISH),
        ("*", ENGLISH),
        ("xx;;q=nonsense,,", ENGLISH),
        ("a" * 10_000, ENGLISH),
    ],
)
def test_speaks_the_first_language_it_knows(path: str, accepted: str | None, expected: str) -> None:
    assert said(path, accepted) == expected


def test_lets_a_cookie_decide_for_pages_and_not_for_the_api() -> None:
    assert said("/wallets/", "es", cookie="pt-br") == PORTUGUESE
    assert said("/api/wallets", "es", cookie="pt-br") == SPANISH
