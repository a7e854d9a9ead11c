"""What the script adds to pages, in a real browser. Pages work without it; these are its promises when it runs."""

from collections.abc import Iterator

import pytest
from django.template import Context, Template
from playwright.sync_api import Browser, Page, expect, sync_playwright

from config import assembled
from tests import chromium

pytestmark = pytest.mark.skipif(chromium.executable() is None, reason=chromium.MISSING)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.executable(), args=list(chromium.FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def show(page: Page, body: str, *, language: str = "en") -> None:
    """Shows a page of our script and stylesheet around `body`, where every address answers with an empty page."""
    page.route("**/*", lambda route: route.fulfill(content_type="text/html", body="<title>next</title>"))
    page.goto("https://portal.example/")
    page.set_content(f'<!doctype html><html lang="{language}"><meta charset="utf-8"><main tabindex="-1">{body}</main></html>')
    page.add_style_tag(content=assembled.assemble_stylesheet(assembled.SOURCES / "css/florin.css"))
    script = assembled.assemble_script(assembled.SOURCES / "js/florin.js")
    page.add_script_tag(content=f"{script}\ndocument.documentElement.dataset.ready = ''", type="module")
    page.wait_for_selector("html[data-ready]", state="attached")  # a module runs when it likes


def draw(source: str) -> str:
    return Template(source).render(Context())


@pytest.mark.parametrize(
    ("language", "decimals", "typed", "shown"),
    [
        ("en", 2, "1250.4", "1,250.40"),
        ("en", 2, "1,250", "1,250.00"),
        ("en", 2, "12,5", "12.50"),
        ("pt-br", 2, "1250,4", "1.250,40"),
        ("pt-br", 2, "12.5", "12,50"),
        ("pt-br", 2, "1.250", "1.250,00"),
        ("es", 3, "7,25", "7,250"),
        ("en", 0, "1234567", "1,234,567"),
        ("en", 0, "12.5", "12.5"),
        ("en", 2, "12.345", "12.345"),
        ("en", 2, "1,2,3", "1,2,3"),
        ("en", 2, "12,5o", "12,5o"),
        ("en", 2, "-5", "-5"),
        ("en", 2, "", ""),
    ],
)
def test_writes_an_amount_out_when_it_is_certain(page: Page, language: str, decimals: int, typed: str, shown: str) -> None:
    show(page, f'<form><input data-amount data-decimals="{decimals}"><button>Next</button></form>', language=language)
    page.fill("input", typed)
    page.locator("input").dispatch_event("change")
    assert page.input_value("input") == shown


def test_takes_the_unit_from_the_chosen_wallet(page: Page) -> None:
    show(
        page,
        """<form><input type="radio" name="w" data-asset="JPY" data-decimals="0">
        <span class="amount-box"><input data-amount data-decimals="2"><span class="amount-unit">EUR</span></span></form>""",
    )
    page.check("[type=radio]")
    page.fill("[data-amount]", "1000")
    page.locator("[data-amount]").dispatch_event("change")
    assert page.inner_text(".amount-unit") == "JPY"
    assert page.input_value("[data-amount]") == "1,000"


def test_sends_a_form_once_however_often_it_is_clicked(page: Page) -> None:
    show(
        page,
        '<form method="post" target="elsewhere" data-submit-once><button name="act" value="pay">Pay</button></form>',
    )
    sent: list[str] = []
    page.context.on("request", lambda request: sent.append(f"{request.method} {request.post_data}"))
    page.context.route("**/*", lambda route: route.fulfill(content_type="text/html", body="done"))
    with page.context.expect_page() as opened:  # the form's target: once it stands there, its request has been noted
        page.evaluate("for (let click = 0; click < 3; click++) document.querySelector('button').click()")
    expect(opened.value.get_by_text("done")).to_be_visible()
    page.bring_to_front()  # a page behind another draws nothing, and its timers may sleep
    expect(page.locator("button[aria-busy=true]")).to_be_disabled()
    assert [line for line in sent if line.startswith("POST")] == ["POST act=pay"]


def test_wakes_the_button_when_the_page_comes_back(page: Page) -> None:
    show(page, '<form method="post" target="elsewhere" data-submit-once><button>Pay</button></form>')
    page.click("button")
    page.wait_for_selector("button:disabled")
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    assert page.locator("button").is_enabled()


def test_leaves_the_button_awake_when_the_form_was_not_sent(page: Page) -> None:
    show(page, '<form method="post" data-submit-once><input required><button>Pay</button></form>')
    page.click("button")
    page.wait_for_timeout(50)
    assert page.locator("button").is_enabled()


def test_copies_a_code(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    show(page, draw('{% cotton copy value="A7B3C9" / %}'))
    page.click("button")
    page.wait_for_function("document.querySelector('[data-label]').textContent === 'Copied'")
    assert page.evaluate("navigator.clipboard.readText()") == "A7B3C9"


def test_shows_scripted_controls_only_when_scripts_run(page: Page) -> None:
    source = draw('{% cotton copy value="A7B3C9" / %}')
    page.set_content(source)
    assert page.locator("button").is_hidden()
    show(page, source)
    assert page.locator("button").is_visible()


def test_keeps_the_chosen_theme(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    show(page, draw("{% cotton themes / %}"))
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    assert page.evaluate(paper) == "rgb(250, 248, 244)"
    page.click("[data-theme-choice=dark]")
    assert page.evaluate(paper) == "rgb(15, 19, 28)"
    assert page.get_attribute("[data-theme-choice=dark]", "aria-pressed") == "true"
    assert page.evaluate("localStorage.getItem('theme')") == "dark"
    page.click('[data-theme-choice=""]')
    assert page.evaluate(paper) == "rgb(250, 248, 244)"
    assert page.evaluate("localStorage.getItem('theme')") is None


def test_opens_a_dialog_and_closes_it_again(page: Page) -> None:
    show(
        page,
        draw(
            '{% cotton button type="button" command="show-modal" commandfor="ask" %}Close wallet{% endcotton %}'
            '{% cotton dialog id="ask" title="Close this wallet?" %}It is empty.{% endcotton %}'
        ),
    )
    page.click("text=Close wallet")
    assert page.locator("dialog").is_visible()
    assert page.evaluate("document.querySelector('dialog').matches(':modal')")
    page.click("text=Cancel")
    assert page.locator("dialog").is_hidden()


def test_puts_a_toast_away(page: Page) -> None:
    show(page, draw("{% cotton toast %}Saved.{% endcotton %}"))
    page.click("[data-dismiss]")
    assert page.locator(".toast").count() == 0
    assert page.evaluate("document.activeElement.tagName") == "MAIN"
