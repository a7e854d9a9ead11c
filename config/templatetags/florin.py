"""What the design system's templates need beyond Django's own tags."""

from functools import lru_cache
from zlib import crc32

from django import template
from django.conf import settings
from django.forms import BoundField
from django.http import HttpRequest
from django.template import Context
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import pgettext_lazy
from lucide.templatetags.lucide import lucide

from config import navigation

register = template.Library()

AVATAR_TONES = 4  # .avatar-1 to .avatar-3, and the plain one

# Every status the platform shows: its tone, its icon, and its word. Never colour alone.
STATUSES: dict[str, tuple[str, str, Promise]] = {
    "active": ("good", "circle-check", pgettext_lazy("status", "Active")),
    "approved": ("good", "circle-check", pgettext_lazy("status", "Approved")),
    "awaiting_approval": ("warn", "user-check", pgettext_lazy("status", "Awaiting approval")),
    "cancelled": ("", "ban", pgettext_lazy("status", "Cancelled")),
    "closed": ("", "archive", pgettext_lazy("status", "Closed")),
    "completed": ("good", "check", pgettext_lazy("status", "Completed")),
    "delivered": ("good", "check", pgettext_lazy("status", "Delivered")),
    "expired": ("", "timer-off", pgettext_lazy("status", "Expired")),
    "failed": ("bad", "circle-x", pgettext_lazy("status", "Failed")),
    "frozen": ("info", "snowflake", pgettext_lazy("status", "Frozen")),
    "held": ("warn", "lock", pgettext_lazy("status", "On hold")),
    "inactive": ("", "pause", pgettext_lazy("status", "Inactive")),
    "open": ("info", "hourglass", pgettext_lazy("status", "Waiting")),
    "paid": ("good", "check", pgettext_lazy("status", "Paid")),
    "partly_refunded": ("info", "undo-2", pgettext_lazy("status", "Partly refunded")),
    "pending": ("warn", "clock", pgettext_lazy("status", "Pending")),
    "primary": ("gold", "star", pgettext_lazy("status", "Primary")),
    "processing": ("warn", "clock", pgettext_lazy("status", "Processing")),
    "refunded": ("info", "undo-2", pgettext_lazy("status", "Refunded")),
    "rejected": ("bad", "circle-x", pgettext_lazy("status", "Rejected")),
    "withdrawn": ("", "undo-2", pgettext_lazy("status", "Taken back")),
    "suspended": ("bad", "ban", pgettext_lazy("status", "Suspended")),
}
NOTICE_ICONS = {"info": "info", "good": "circle-check", "warn": "triangle-alert", "bad": "circle-alert"}
# Django's message levels, in the design system's tones.
MESSAGE_TONES = {"debug": "info", "info": "info", "success": "good", "warning": "warn", "error": "bad"}


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """The Lucide icon `name` as inline SVG; silent for screen readers unless it has a `label`."""
    drawing = _drawing(str(name), f"icon {css}".strip())
    return format_html('{}<span class="visually-hidden">{}</span>', drawing, label) if label else drawing


@lru_cache(maxsize=512)
def _drawing(name: str, css: str) -> SafeString:
    # `str.replace`: the package writes one line per shape, and pages carry dozens of icons.
    svg = lucide(name, size=24, **{"class": css, "aria-hidden": "true", "focusable": "false"})
    return mark_safe("".join(line.strip() for line in svg.splitlines()))  # noqa: S308 an icon of the package


@register.simple_tag
def status_facts(value: str) -> dict[str, str | Promise]:
    """Tone, icon and word of a status; an unknown one is shown as it is, in a neutral tone."""
    tone, shape, word = STATUSES.get(value, ("", "circle-dot", value.replace("_", " ").capitalize()))
    return {"tone": tone, "icon": shape, "word": word}


@register.filter
def notice_icon(tone: str) -> str:
    """The icon that goes with a tone."""
    return NOTICE_ICONS.get(tone, "info")


@register.filter
def message_tone(level_tag: str) -> str:
    """The tone of one of Django's messages."""
    return MESSAGE_TONES.get(level_tag, "info")


@register.filter
def initials(name: str) -> str:
    """The first letters of the first and the last word: "Maria da Silva" is MS."""
    words = [word for word in str(name).split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


@register.filter
def avatar_tone(name: str) -> int:
    """A tone that stays with a name on every page and in every process."""
    return crc32(str(name).encode()) % AVATAR_TONES + 1


@register.filter
def code_groups(code: str) -> list[str]:
    """A code in groups that are easy to read aloud: of three where that divides it, else of four."""
    size = 3 if len(code) % 3 == 0 else 4
    return [code[start : start + size] for start in range(0, len(code), size)]


@register.filter
def spelled(code: str) -> str:
    """A code letter by letter, for a screen reader."""
    return " ".join(code)


@register.simple_tag(takes_context=True)
def places(context: Context) -> list[navigation.Link]:
    """The links of the bar and the rail."""
    request: HttpRequest | None = context.get("request")
    return navigation.links(request)


@register.simple_tag
def in_sandbox() -> bool:
    """Whether providers here are stand-ins that move no real money: then every page says so."""
    return bool(settings.ALLOW_SANDBOX)


@register.filter
def control(field: BoundField) -> str:
    """Which shape a form field takes: hidden, checkbox, wallets, choices, select, amount or input."""
    widget = field.field.widget
    if widget.is_hidden:
        return "hidden"
    shape = getattr(widget, "control", "") or getattr(widget, "input_type", "")
    if shape in {"checkbox", "select", "amount", "wallets"} and not (shape == "checkbox" and field.use_fieldset):
        return str(shape)
    return "choices" if field.use_fieldset else "input"


@register.filter
def instance_of(option: object) -> object:
    """The model instance that a choice of a ModelChoiceField stands for, or None."""
    value = getattr(option, "data", {}).get("value")
    return getattr(value, "instance", None)
