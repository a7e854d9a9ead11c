"""The file of clients of the system before this one: what stands in a row, and what is wrong with it.

Nothing is asked of anybody here: no database, no network. A row is either an `OldClient` or a `RowFault`.
"""

import csv
import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import phonenumbers
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.models import User
from payments.assets import ASSETS
from payments.models import Wallet

NEEDED = ("id", "name", "wallet_address", "asset_code", "asset_scale")
OPTIONAL = ("auth_server", "resource_server", "grant_token", "grant_expires_at", "email", "phone", "language")
LONGEST = {"id": 80, "name": 120, "wallet_address": 200, "auth_server": 200, "resource_server": 200, "email": 254}
MOST_TOKEN = 4000
SURPLUS = "surplus"
OWN_ADDRESS = re.compile(r"[a-z0-9]{3,64}")  # what `find_payee` finds again, however it is typed
HOST = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
PATH = re.compile(r"(/[A-Za-z0-9._~%!$&'()*+,;=:@-]+)*/?")
WELL_KNOWN = "/.well-known/pay"  # where a payment pointer without a path leads


class UnusableFileError(ValueError):
    """The file as a whole can't be read; says why."""


class RowFault(ValueError):  # noqa: N818 an outcome of a row, not of the program
    """A row can't be taken. `code` is for programs, `words` for whoever has the file; neither holds a token."""

    def __init__(self, code: str, words: str) -> None:
        self.code, self.words = code, words
        super().__init__(f"{code}: {words}")


@dataclass(frozen=True, slots=True, repr=False)
class OldClient:
    """A client as they come over. `wallet_kind` is personal when the address is one of ours, else linked."""

    source_id: str
    name: str
    wallet_kind: Wallet.Kind
    wallet_address: str
    asset: str
    auth_server: str
    resource_server: str
    grant_token: str
    grant_expires_at: dt.datetime | None
    email: str
    phone: str
    language: str


@dataclass(frozen=True, slots=True)
class Row:
    """What a line of the file says: `source_id` as it is written there, and the client or what is wrong."""

    line: int
    source_id: str
    client: OldClient | None
    fault: RowFault | None


def read_rows(lines: Iterable[bytes], *, now: dt.datetime) -> Iterator[Row]:
    """The rows of a CSV file in UTF-8 whose first line names its columns; what comes again is a fault.

    :raises UnusableFileError: a column is missing, unknown or there twice, or the file is no CSV from some line on.
    """
    # A byte that is no UTF-8 spoils its row, and not the file: it stands in it as a lone surrogate.
    text = (line.decode("utf-8", "surrogateescape") for line in lines)
    reader = csv.DictReader(_without_mark(text), restkey=SURPLUS, strict=True)
    try:
        _check_columns(reader.fieldnames or [])
        seen: dict[tuple[str, str], int] = {}
        for cells in reader:
            yield _row(cells, reader.line_num, seen, now)
    except csv.Error as error:
        raise UnusableFileError(f"Line {reader.line_num} is no CSV: {error}.") from error


def _without_mark(text: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(text):
        yield line.removeprefix("\ufeff") if number == 0 else line


def _check_columns(names: Iterable[str]) -> None:
    named = list(names)
    wrong = {
        "missing": [name for name in NEEDED if name not in named],
        "unknown": [name for name in named if name not in {*NEEDED, *OPTIONAL}],
        "there twice": sorted({name for name in named if named.count(name) > 1}),
    }
    said = [f"{what}: {', '.join(map(repr, columns))}" for what, columns in wrong.items() if columns]
    if said:
        raise UnusableFileError(f"Columns {'; '.join(said)}. Known are {', '.join([*NEEDED, *OPTIONAL])}.")


def _row(cells: Mapping[str, str | None], line: int, seen: dict[tuple[str, str], int], now: dt.datetime) -> Row:
    source_id = (cells.get("id") or "").strip()
    try:
        client = read_client(cells, now=now)
        _demand_new(client, line, seen)
    except RowFault as fault:
        return Row(line, _printable(source_id), None, fault)
    return Row(line, client.source_id, client, None)


def _demand_new(client: OldClient, line: int, seen: dict[tuple[str, str], int]) -> None:
    """:raises RowFault: an earlier line has the same id, wallet, address or phone."""
    facts = {"id": client.source_id, "wallet": client.wallet_address, "email": client.email, "phone": client.phone}
    for what, fact in facts.items():
        if fact and (what, fact) in seen:
            raise RowFault(f"duplicate_{what}", f"Line {seen[what, fact]} has the same {what}.")
    seen.update({(what, fact): line for what, fact in facts.items() if fact})


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text[: LONGEST["id"]])


def read_client(cells: Mapping[str, str | None], *, now: dt.datetime) -> OldClient:
    """The client that the cells of a row describe.

    :raises RowFault: with the first thing that is wrong with them.
    """
    said = _said(cells)
    kind, address = _wallet(said["wallet_address"])
    token, expires_at = _grant(said, now)
    return OldClient(
        source_id=said["id"],
        name=said["name"],
        wallet_kind=kind,
        wallet_address=address,
        asset=_asset(said["asset_code"], said["asset_scale"]),
        auth_server=_server(said["auth_server"], "auth_server"),
        resource_server=_server(said["resource_server"], "resource_server"),
        grant_token=token,
        grant_expires_at=expires_at,
        email=_email(said["email"]),
        phone=_phone(said["phone"]),
        language=_language(said["language"]),
    )


def _said(cells: Mapping[str, str | None]) -> dict[str, str]:
    """Every known column as a clean text, empty where the file has none."""
    if SURPLUS in cells:
        raise RowFault("too_many_cells", "The row has more cells than there are columns.")
    if any(value is None for value in cells.values()):
        raise RowFault("too_few_cells", "The row has fewer cells than there are columns.")
    said = {name: unicodedata.normalize("NFC", (cells.get(name) or "").strip()) for name in (*NEEDED, *OPTIONAL)}
    for name, value in said.items():
        if any("\udc80" <= letter <= "\udcff" for letter in value):
            raise RowFault("not_utf8", f"{name} is not written in UTF-8.")
        if not value.isprintable():
            raise RowFault("not_printable", f"{name} has characters that can't be printed.")
        if name in NEEDED and not value:
            raise RowFault(f"no_{name}", f"{name} is empty.")
        if len(value) > LONGEST.get(name, MOST_TOKEN):
            raise RowFault("too_long", f"{name} has more than {LONGEST.get(name, MOST_TOKEN)} characters.")
    return said


def _asset(code: str, scale: str) -> str:
    asset = ASSETS.get(code.upper())
    if asset is None:
        raise RowFault("unknown_asset", f"There is no asset {code}.")
    if scale != str(asset.scale):
        raise RowFault("wrong_scale", f"{code.upper()} has {asset.scale} decimals here, and {scale} in the file.")
    return code.upper()


def _wallet(written: str) -> tuple[Wallet.Kind, str]:
    """Where the wallet is, and its address: the local part of one of ours, the whole URL of one elsewhere."""
    pointer = written.startswith("$")
    if "/" not in written and not pointer:
        return Wallet.Kind.PERSONAL, _own(written.lower())
    url = _url(f"https://{written[1:]}" if pointer else written, "wallet_address")
    path = url.path.rstrip("/")
    if url.hostname == urlsplit(settings.PORTAL_ORIGIN).hostname:
        return Wallet.Kind.PERSONAL, _own(path.removeprefix("/").lower())
    return Wallet.Kind.LINKED, f"https://{url.netloc.lower()}{path or WELL_KNOWN}"


def _own(local: str) -> str:
    if not OWN_ADDRESS.fullmatch(local):
        raise RowFault("invalid_wallet_address", "An address of ours has 3 to 64 letters and digits, and nothing else.")
    return local


def _server(written: str, column: str) -> str:
    return _url(written, column).geturl() if written else ""


def _url(written: str, column: str) -> SplitResult:
    """An address that anybody on the internet may ask: https, a name, no password, nothing behind the path."""
    try:
        url = urlsplit(written)
        host, port = url.hostname or "", url.port
    except ValueError as error:
        raise RowFault(f"invalid_{column}", f"{column} is no web address.") from error
    plain = url.scheme == "https" and "@" not in url.netloc and not (url.query or url.fragment) and port != 0
    if not plain or not HOST.fullmatch(host) or not PATH.fullmatch(url.path):
        raise RowFault(f"invalid_{column}", f"{column} is no plain https address of a host with a name.")
    return url


def _grant(said: Mapping[str, str], now: dt.datetime) -> tuple[str, dt.datetime | None]:
    """The token and when it ends. One that has ended is of no use to anybody, and left out."""
    token, written = said["grant_token"], said["grant_expires_at"]
    if not written:
        return token, None
    try:
        at = dt.datetime.fromisoformat(written)
    except ValueError as error:
        raise RowFault("invalid_grant_expires_at", "grant_expires_at is no time like 2026-11-26T12:00:00Z.") from error
    at = at if at.tzinfo else at.replace(tzinfo=dt.UTC)
    return (token, at) if token and at > now else ("", None)


def _email(written: str) -> str:
    email = written.lower()
    try:
        if email:
            validate_email(email)
    except ValidationError as error:
        raise RowFault("invalid_email", "email is no address.") from error
    if '"' in email:  # a quoted one may hold anything
        raise RowFault("invalid_email", "email is no address.")
    return email


def _phone(written: str) -> str:
    if not written:
        return ""
    try:
        number = phonenumbers.parse(written)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number) or number.extension:
        raise RowFault("invalid_phone", "phone is no number with its country code: +351912345678.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _language(written: str) -> str:
    if written and written not in User.Language.values:
        raise RowFault("unknown_language", f"language is one of {', '.join(User.Language.values)}.")
    return written or User.Language.ENGLISH
