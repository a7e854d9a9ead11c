"""The store or the charge that a call is about, if the caller may."""

import uuid

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from merchants.authentication import actor_of
from merchants.errors import NotInYourRole, ScopeMissing
from merchants.models import ApiKey, Charge, Store, StoreMember
from merchants.roles import Act, may, opens
from merchants.serializers.stores import ChargeAnswer


def store_of_path(request: Request, store_id: uuid.UUID, act: Act) -> Store:
    """The store that the address names, with its wallet and the caller's role.

    A key has no role; what it may see of the store is as much as an administrator, within its scopes.

    :raises Http404: the caller does not work there, the key is another store's, or there is none.
    :raises NotInYourRole: the role does not include the act.
    :raises ScopeMissing: no scope of the key includes it.
    """
    actor = actor_of(request)
    if isinstance(actor, ApiKey):
        return _store_of_key(actor, store_id, act)
    stores = Store.objects.run_by(actor).select_related("settlement_wallet")
    store: Store = get_object_or_404(stores, pk=store_id)
    if not may(store.role, act):
        raise NotInYourRole
    return store


def includes(request: Request, store: Store, act: Act) -> bool:
    """Whether the caller's role, or a scope of the key, includes the act too."""
    actor = actor_of(request)
    return opens(actor, act) if isinstance(actor, ApiKey) else may(store.role, act)


def charge_of_path(request: Request, charge_id: uuid.UUID) -> Charge:
    """The charge that the address names, if the caller works in its store, or has a key of it that takes payments.

    :raises Http404: they do not, or there is none.
    :raises ScopeMissing: no scope of the key includes charges.
    """
    actor = actor_of(request)
    charges = Charge.objects.select_related("store__settlement_wallet", "transaction")
    if isinstance(actor, ApiKey):
        charge: Charge = get_object_or_404(charges, pk=charge_id, store=actor.store_id)
        _store_of_key(actor, charge.store_id, Act.TAKE_PAYMENT)
        return charge
    working = StoreMember.objects.filter(user=actor, accepted_at__isnull=False).values("store")
    return get_object_or_404(charges, pk=charge_id, store__in=working)


def charge_answer(charge: Charge, http_status: int = status.HTTP_200_OK) -> Response:
    """The charge as its till sees it now."""
    return Response(ChargeAnswer(charge, context={"now": timezone.now()}).data, status=http_status)


def _store_of_key(key: ApiKey, store_id: uuid.UUID, act: Act) -> Store:
    if key.store_id != store_id:
        raise Http404
    if not opens(key, act):
        raise ScopeMissing
    key.store.role = StoreMember.Role.ADMIN if opens(key, Act.SEE_PAYMENTS) else ""
    return key.store
