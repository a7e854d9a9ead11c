"""The examples of docs/api.md, asked of the real API in their order and held against what the page says it answers.

An example is a block of `http`: the request, an empty line and its body, an empty line and the status, an empty line and the
answer. In an answer `…` stands for anything within a text, and `"…": "…"` for further members; `{name}` is what is answered
there, and in later requests and answers that same value.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from config.problems import catalogue
from merchants.models import Store
from tests import texts
from tests.accounts.ethereum import WALLET, sign
from tests.authenticator import Passkey
from tests.doors import open_tokens
from tests.factories import open_wallet_for
from tests.jobs import JobRunner
from tests.mailbox import Mailbox, code_in
from tests.texts import Phones

PAGE = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```http\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STATUS = re.compile(r"\d{3} [A-Z]")
NAME = re.compile(r"\{([a-z_]+)\}")
MORE = "…"
NORAS = Passkey(b"on nora's phone")
# What no address of the API answers: refusals of forms, of staff, of holds, of probes.
ELSEWHERE = {
    "already_settled", "already_suspended", "backup_phone_taken", "capture_exceeds_hold", "csrf_failed",
    "customer_numbers_exhausted", "identity_changed", "identity_decided", "no_such_person", "not_a_hold", "not_ready",
    "not_suspended", "nothing_to_recover", "own_phone", "reviewing_oneself", "suspending_oneself",
}  # fmt: skip


@dataclass(frozen=True)
class Example:
    """One request and its answer, as the page has them; `line` is where."""

    line: int
    method: str
    path: str
    headers: Mapping[str, str]
    body: str
    status: int
    answer_headers: Mapping[str, str]
    answer: Any  # JSON


def examples() -> Iterator[Example]:
    """All of them, in order."""
    for found in BLOCK.finditer(PAGE):
        lines = found[1].splitlines()
        split = next(number for number, line in enumerate(lines) if STATUS.match(line))
        head, body = _head_and_body(lines[:split])
        answer_head, answer = _head_and_body(lines[split:])
        method, path = head[0].split(" ", 1)
        yield Example(
            line=PAGE.count("\n", 0, found.start()) + 2,
            method=method,
            path=path,
            headers=_headers(head[1:]),
            body=body,
            status=int(answer_head[0].split()[0]),
            answer_headers=_headers(answer_head[1:]),
            answer=json.loads(answer),
        )


def _head_and_body(lines: list[str]) -> tuple[list[str], str]:
    end = lines.index("") if "" in lines else len(lines)
    return lines[:end], "\n".join(lines[end:]).strip()


def _headers(lines: list[str]) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in lines)


def filled(text: str, names: Mapping[str, str]) -> str:
    """The text with what its names stand for."""
    return NAME.sub(lambda name: names[name[1]], text)


def _in_json(names: Mapping[str, str], name: str) -> str:
    """What a name stands for, within a text of JSON; a name that stands for nothing yet is left to the answer."""
    return json.dumps(names[name])[1:-1] if name in names else f"{{{name}}}"


def differences(wanted: Any, got: Any, names: dict[str, str], place: str = "answer") -> Iterator[str]:
    """Where an answer is not what the page says; learns what names stand for that were not known."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        yield from _in_members(wanted, got, names, place)
    elif isinstance(wanted, list) and isinstance(got, list):
        if len(wanted) != len(got):
            yield f"{place} has {len(got)} entries"
        for number, (one, other) in enumerate(zip(wanted, got, strict=False)):
            yield from differences(one, other, names, f"{place}[{number}]")
    elif not (_fits(wanted, got, names) if isinstance(wanted, str) and isinstance(got, str) else wanted == got):
        yield f"{place} is {got!r}, not {wanted!r}"


def _in_members(wanted: dict[str, Any], got: dict[str, Any], names: dict[str, str], place: str) -> Iterator[str]:
    members = {name: value for name, value in wanted.items() if name != MORE}
    if missing := members.keys() - got.keys():
        yield f"{place} has no {sorted(missing)}"
    if MORE not in wanted and (unsaid := got.keys() - members.keys()):
        yield f"{place} has {sorted(unsaid)} as well"
    for name, value in members.items():
        if name in got:
            yield from differences(value, got[name], names, f"{place}.{name}")


def _fits(wanted: str, got: str, names: dict[str, str]) -> bool:
    name = NAME.fullmatch(wanted)
    if name and name[1] not in names:
        names[name[1]] = got
        return True
    return re.fullmatch(".*".join(map(re.escape, filled(wanted, names).split(MORE))), got, re.DOTALL) is not None


@pytest.fixture
def known(bruno: User, olivia: User, greengrocer: Store) -> dict[str, str]:
    """Who is there before the page begins: bruno, who has a wallet, olivia, who owns a store, a wallet's owner."""
    return {
        "bruno": open_tokens(bruno).access_token,
        "bruno_wallet": open_wallet_for(bruno).address,
        "olivia": open_tokens(olivia).access_token,
        "store": str(greengrocer.pk),
        "wallet_owner": WALLET.address,
    }


def made(names: Mapping[str, str]) -> dict[str, str]:
    """What nora's authenticator makes of the options of a new passkey."""
    credential = NORAS.make({"publicKey": {"challenge": names["new_challenge"], "user": {"id": names["handle"]}}})
    answer = credential["response"]
    return {"passkey": credential["id"], "made_for": answer["clientDataJSON"], "made": answer["attestationObject"]}


def signed(names: Mapping[str, str]) -> dict[str, str]:
    """What it signs at the second step."""
    answer = NORAS.sign({"publicKey": {"challenge": names["second_challenge"]}})["response"]
    return {"signed_for": answer["clientDataJSON"], "seen": answer["authenticatorData"], "signed": answer["signature"]}


@pytest.mark.django_db(transaction=True)  # a refusal ends the transaction of a request
def test_examples_hold(known: dict[str, str], client: Client, run_jobs: JobRunner, mailbox: Mailbox, phones: Phones) -> None:
    names = dict(known)
    for example in examples():
        run_jobs()
        if "{code}" in example.body:
            names["code"] = code_in(mailbox()[-1])
        if "{sms_code}" in example.body:
            names["sms_code"] = texts.code_in(phones()[-1])
        if "{signature}" in example.body:
            names["signature"] = sign(names["message"])
        if "{made}" in example.body:
            names.update(made(names))
        if "{signed}" in example.body:
            names.update(signed(names))
        path, body = filled(example.path, names), NAME.sub(lambda name: _in_json(names, name[1]), example.body)
        headers = {name: filled(value, names) for name, value in example.headers.items()}

        answer = client.generic(example.method, path, body, "application/json", headers=headers)

        where = f"docs/api.md:{example.line} {example.method} {example.path}"
        assert answer.status_code == example.status, f"{where}: {answer.status_code} {answer.content.decode()}"
        assert {name: answer.headers.get(name) for name in example.answer_headers} == example.answer_headers, where
        assert list(differences(example.answer, answer.json(), names)) == [], f"{where}: {answer.content.decode()}"

    assert {"nora", "deposit", "transfer", "quote", "charge", "payment"} <= names.keys()


def test_lists_every_refusal_that_a_caller_can_meet() -> None:
    table = {code: int(status) for code, status in re.findall(r"^\| `(\w+)` \| (\d{3}) \| ", PAGE, re.MULTILINE)}
    product = [kind for kind in catalogue() if not kind.__module__.startswith("tests.")]
    assert table == {kind.code: kind.status for kind in product if kind.code not in ELSEWHERE}
