"""The store or the charge that a call is about, if the caller may."""

import uuid

from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import person
from merchants.errors import NotInYourRole
from merchants.models import Charge, Store
from merchants.roles import Act, may
from merchants.serializers.stores import ChargeAnswer


def store_of_path(request: Request, store_id: uuid.UUID, act: Act) -> Store:
    """The store that the address names, with its wallet and the caller's role.

    :raises Http404: the caller does not work there, or there is none.
    :raises NotInYourRole: the role does not include the act.
    """
    stores = Store.objects.run_by(person(request)).select_related("settlement_wallet")
    store: Store = get_object_or_404(stores, pk=store_id)
    if not may(store.role, act):
        raise NotInYourRole
    return store


def charge_of_path(request: Request, charge_id: uuid.UUID) -> Charge:
    """The charge that the address names, if the caller works in its store.

    :raises Http404: they do not, or there is none.
    """
    charges = Charge.objects.at_stores_of(person(request)).select_related("store__settlement_wallet", "transaction")
    return get_object_or_404(charges, pk=charge_id)


def charge_answer(charge: Charge, http_status: int = status.HTTP_200_OK) -> Response:
    """The charge as its till sees it now."""
    return Response(ChargeAnswer(charge, context={"now": timezone.now()}).data, status=http_status)
