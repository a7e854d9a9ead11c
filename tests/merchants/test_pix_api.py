"""Payouts through a bank's Pix API, against a bank on this machine that speaks its protocol over mutual TLS."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django.fixtures import Settings

from config.models import uuid7
from merchants import tasks
from merchants.destinations import read_pix_key
from merchants.models import Payout, PayoutDestination, Store
from merchants.operations import pay_store, request_payout
from merchants.providers.payouts import _providers
from merchants.providers.pix_api import PixApi
from merchants.queries import balance_of
from payments.money import Money
from payments.providers.funding import Declined, Outcome, ProviderUnanswered, Succeeded, Underway
from payments.verification import faults
from tests.factories import UserFactory, open_store_for, open_wallet_for
from tests.pix_bank import Answer, Bank, banking

TOKEN = "t" * 32
BRL = Money(12_34, "BRL")


@pytest.fixture
def bank(tmp_path: Path, settings: Settings) -> Iterator[Bank]:
    _providers.cache_clear()  # whose tokens are another bank's
    with banking(tmp_path, settings) as bank:
        yield bank


def pay(provider: PixApi, reference: UUID, key: str = "ana@example.com") -> Outcome:
    return provider.pay_out(reference, BRL, read_pix_key("email", key), "Loja da Ana", 2)


def test_sends_once_and_tells_what_became_of_it(bank: Bank) -> None:
    provider, reference = PixApi(), uuid7()
    first = pay(provider, reference)
    assert first == pay(provider, reference) == Succeeded("E" + "0" * 31)
    assert bank.sent[reference.hex]["valor"] == "12.34"
    assert bank.sent[reference.hex]["favorecido"] == {"chave": "ana@example.com"}
    assert bank.asked.count(f"PUT /v3/gn/pix/{reference.hex}") == 1
    assert len(bank.tokens) == 1


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("EM_PROCESSAMENTO", Underway()),
        ("REALIZADO", Succeeded("E" + "0" * 31)),
        ("NAO_REALIZADO", Declined("returned", "The bank did not carry it out.")),
    ],
)
def test_reads_each_status(status: str, outcome: Outcome, bank: Bank) -> None:
    bank.status = status
    assert pay(PixApi(), uuid7()) == outcome


def test_says_why_it_was_returned(bank: Bank) -> None:
    provider, reference = PixApi(), uuid7()
    bank.status = "EM_PROCESSAMENTO"
    assert pay(provider, reference) == Underway()
    bank.sent[reference.hex] |= {
        "status": "NAO_REALIZADO",
        "gnExtras": {"erro": {"codigo": "AC03", "motivo": "Conta encerrada"}},
    }
    assert pay(provider, reference) == Declined("returned", "Conta encerrada")


def test_a_key_that_is_nobodys_is_refused_for_good(bank: Bank) -> None:
    refused = pay(PixApi(), uuid7(), "nobody@example.com")
    assert refused == Declined("chave_favorecido_nao_encontrada", "A chave não existe.")


def test_an_answer_that_gets_lost_is_unknown_and_the_next_one_tells(bank: Bank) -> None:
    provider, reference = PixApi(), uuid7()
    bank.lose_answers = True
    with pytest.raises(ProviderUnanswered):
        pay(provider, reference)
    bank.lose_answers = False
    assert pay(provider, reference) == Succeeded("E" + "0" * 31)
    assert len(bank.sent) == 1


@pytest.mark.parametrize("status", [409, 400])
def test_a_try_that_another_overtook_is_not_taken_for_a_refusal(status: int, bank: Bank) -> None:
    provider, reference = PixApi(), uuid7()
    pay(provider, reference)
    blind = iter([(404, {"nome": "envio_nao_encontrado"})])  # as before the other one's

    def conduct(request: str) -> Answer | None:
        return next(blind, None) if request.startswith("GET") else (status, {"nome": "id_envio_duplicado"})

    bank.conduct = conduct
    assert isinstance(pay(provider, reference), Succeeded)


@pytest.mark.parametrize("status", [429, 500, 503, 403, 302])
def test_what_says_nothing_certain_is_unknown(status: int, bank: Bank) -> None:
    bank.conduct = lambda request: (status, {"status": "REALIZADO"}) if request.startswith("PUT") else None
    with pytest.raises(ProviderUnanswered):
        pay(PixApi(), uuid7())


@pytest.mark.parametrize("content", [{}, {"status": "TALVEZ"}, []])
def test_an_answer_that_nobody_understands_is_unknown(content: object, bank: Bank) -> None:
    bank.conduct = lambda request: (200, content) if request.startswith("PUT") else None
    with pytest.raises(ProviderUnanswered):
        pay(PixApi(), uuid7())


def test_asks_for_another_token_when_the_bank_forgot_it(bank: Bank) -> None:
    provider = PixApi()
    pay(provider, uuid7())
    bank.tokens[0] = "revoked"
    assert isinstance(pay(provider, uuid7()), Succeeded)
    assert len(bank.tokens) == 2


@pytest.mark.parametrize("wrong", [{"client_secret": "x"}, {"certificate": ""}, {"authority": ""}])
def test_a_bank_that_does_not_know_us_or_that_we_do_not_know_gets_nothing(
    wrong: dict[str, str], bank: Bank, settings: Settings
) -> None:
    settings.PIX_API = replace(settings.PIX_API, **wrong)
    with pytest.raises(ProviderUnanswered):
        pay(PixApi(), uuid7())
    assert not bank.sent


@pytest.fixture
def payout(bank: Bank, db: None) -> Payout:
    owner = UserFactory.create(name="Ana Torres")
    store = open_store_for(owner, name="Loja da Ana", symbol="LOJA", asset="BRL")
    payer = open_wallet_for(UserFactory.create(), "BRL", minor=100_00)
    assert payer.user
    pay_store(store=store, amount=Money(100_00, "BRL"), payer_wallet=payer, actor=payer.user, key=None, now=timezone.now())
    destination = PayoutDestination(store=store, added_by=owner, created_at=timezone.now())
    destination.place = read_pix_key("email", "ana@example.com")
    destination.save()
    return request_payout(store=store, destination=destination, amount=BRL, actor=owner, key=None, now=timezone.now())


def test_a_payout_leaves_and_arrives(payout: Payout, bank: Bank) -> None:
    tasks.send_payout(str(payout.pk))
    payout.refresh_from_db()
    assert (payout.provider, payout.status, payout.external_id) == ("pix_api", "completed", "E" + "0" * 31)
    store = Store.objects.select_related("settlement_wallet").get(pk=payout.store_id)
    assert balance_of(store).amount == 100_00 - 12_34 - payout.fee
    assert not list(faults())


def test_news_of_the_bank_are_asked_about_and_not_believed(
    payout: Payout, bank: Bank, settings: Settings, client: Client
) -> None:
    settings.PIX_API = replace(settings.PIX_API, webhook_token=TOKEN)
    bank.status = "EM_PROCESSAMENTO"
    tasks.send_payout(str(payout.pk))
    ProcrastinateJob.objects.all().delete()
    told = {"pix": [{"tipo": "SOLICITACAO", "status": "NAO_REALIZADO", "gnExtras": {"idEnvio": payout.pk.hex}}]}
    for _twice in range(2):
        answer = client.post(f"{reverse('pix_hook')}?token={TOKEN}", json.dumps(told), content_type="application/json")
        assert (answer.status_code, answer.content) == (200, b"")
    (job,) = ProcrastinateJob.objects.all()
    assert (job.task_name, job.args) == ("merchants.send_payout", {"payout_id": str(payout.pk)})
    bank.sent[payout.pk.hex]["status"] = "REALIZADO"
    tasks.send_payout(str(payout.pk))
    payout.refresh_from_db()
    assert payout.status == "completed"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"pix": 1}', b'{"pix": [1, null, {"gnExtras": 7}, {"gnExtras": {"idEnvio": "x"}}]}', b"[" * 100_000],
)
def test_nonsense_at_the_hook_does_nothing(body: bytes, settings: Settings, client: Client, db: None) -> None:
    settings.PIX_API = replace(settings.PIX_API, webhook_token=TOKEN)
    answer = client.post(f"{reverse('pix_hook')}?token={TOKEN}", body, content_type="application/json")
    assert answer.status_code == 200
    assert not ProcrastinateJob.objects.exists()


@pytest.mark.parametrize(("ours", "theirs"), [(TOKEN, ""), (TOKEN, "x" * 32), ("", ""), ("", TOKEN)])
def test_whoever_does_not_have_the_token_finds_nothing(ours: str, theirs: str, settings: Settings, client: Client) -> None:
    settings.PIX_API = replace(settings.PIX_API, webhook_token=ours)
    assert client.post(f"{reverse('pix_hook')}?token={theirs}", b"{}", content_type="application/json").status_code == 404
