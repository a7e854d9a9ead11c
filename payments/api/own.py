"""What the views of this package begin with: checked input, and things that are the caller's own."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from rest_framework.request import Request

from accounts.authentication import person
from config.api import NothingInput, StrictSerializer, read
from config.idempotency import KEY_HEADER
from config.problems import InputError, InvalidInput, MalformedJSON
from payments.errors import WalletNotFound
from payments.models import Transaction, Wallet
from payments.parties import view_for
from payments.serializers import TransactionAnswer


def checked(request: Request, input_class: type[StrictSerializer]) -> dict[str, Any]:
    """The body's values.

    :raises MalformedJSON: there is no body. REST framework takes that for `{}`, which for a refund is all of it.
    :raises ValidationError: and what the serializer refuses.
    """
    if request.stream is None and input_class is not NothingInput:
        raise MalformedJSON
    return read(request, input_class)


def chosen_format(query: Mapping[str, str], formats: Sequence[str]) -> str:
    """The `format` that the address asks for; the first, if none.

    :raises InvalidInput: it is none of these.
    """
    chosen = query.get("format", formats[0])
    if chosen not in formats:
        detail = _("Choose one of %(formats)s.") % {"formats": ", ".join(formats)}
        raise InvalidInput(errors=[InputError(parameter="format", code="invalid", detail=detail)])
    return chosen


def wallet_of_path(request: Request, wallet_id: uuid.UUID) -> Wallet:
    """The caller's wallet that the address names, with its balance.

    :raises Http404: it is not theirs, or there is none.
    """
    wallet: Wallet = get_object_or_404(
        Wallet.objects.owned_by(person(request)).select_related("user").with_balance(), pk=wallet_id
    )
    return wallet


def wallet_of_body(request: Request, wallet_id: uuid.UUID, *, field: str = "wallet") -> Wallet:
    """The caller's wallet that `field` of the body names.

    :raises WalletNotFound: it is not theirs, or there is none.
    """
    wallet: Wallet | None = Wallet.objects.owned_by(person(request)).select_related("user").filter(pk=wallet_id).first()
    if wallet is None:
        raise WalletNotFound(field=field)
    return wallet


def key_of(request: Request) -> str:
    """The caller's key, which `idempotent` has made sure of."""
    return request.headers[KEY_HEADER]


def made(transaction: Transaction, request: Request) -> dict[str, Any]:
    """What an operation has just made, in the caller's eyes."""
    answer: dict[str, Any] = TransactionAnswer(view_for(transaction, person(request))).data
    return answer
