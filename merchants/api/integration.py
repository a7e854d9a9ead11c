"""Events and webhooks, for merchants' programs."""

import uuid
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api import NothingInput
from config.openapi import refuses
from config.outbound import AddressForbidden
from config.problems import InvalidInput
from merchants.api.own import store_of_path
from merchants.authentication import ForPrograms, actor_of
from merchants.errors import NotInYourRole, ScopeMissing, TooManyEndpoints
from merchants.models import ApiKey, Store, WebhookDelivery, WebhookEndpoint
from merchants.operations import add_endpoint, change_endpoint, remove_endpoint, resend, rotate_secret
from merchants.operations.integration import OVERLAP
from merchants.roles import Act
from merchants.serializers.integration import (
    DeliveryAnswer,
    EndpointAnswer,
    EndpointChangesInput,
    EndpointInput,
    EventsAnswer,
    EventsQuery,
    NewEndpointAnswer,
    SecretAnswer,
)
from payments.api.own import checked


def endpoint_of_path(store: Store, endpoint_id: uuid.UUID) -> WebhookEndpoint:
    """The endpoint that the address names.

    :raises Http404: it is none of this store's, or was removed.
    """
    return get_object_or_404(store.webhooks.select_related("store").filter(removed_at__isnull=True), pk=endpoint_id)


class Events(ForPrograms, APIView):
    """What happened in a store, to catch up with."""

    @extend_schema(
        operation_id="events",
        parameters=[
            OpenApiParameter("store", uuid.UUID, description="Whose; a key knows its store."),
            OpenApiParameter("after", int, description="The position after which to read on; 0 is the beginning."),
            OpenApiParameter("type", str),
            OpenApiParameter("limit", int, description="100 unless said, 500 at most."),
        ],
        responses={200: EventsAnswer},
        description="Events in the order of their positions. Whoever reads on from `next_after` misses nothing and gets nothing"
        " twice. Events are written from a store's first key or webhook on.",
    )
    @refuses(InvalidInput, NotInYourRole, ScopeMissing)
    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        query = EventsQuery(data=request.query_params.dict(), context={"by_key": isinstance(actor, ApiKey)})
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        own = actor.store_id if isinstance(actor, ApiKey) else wanted["store"]
        store = store_of_path(request, wanted.get("store", own), Act.READ_EVENTS)
        events = store.events.filter(position__gt=wanted["after"])
        if "type" in wanted:
            events = events.filter(type=wanted["type"])
        found = list(events.order_by("position")[: wanted["limit"] + 1])
        page = found[: wanted["limit"]]
        last = page[-1].position if page else wanted["after"]
        answer = {"results": page, "next_after": last, "has_more": len(found) > len(page)}
        return Response(EventsAnswer(answer).data)


class Endpoints(ForPrograms, generics.ListAPIView[WebhookEndpoint]):
    """The webhooks of a store."""

    serializer_class = EndpointAnswer

    def get_queryset(self) -> Any:  # a QuerySet
        return store_of_path(self.request, self.kwargs["store_id"], Act.INTEGRATE).webhooks.filter(removed_at__isnull=True)

    @extend_schema(operation_id="webhooks", description="Where the store's events are sent.")
    @refuses(NotInYourRole, ScopeMissing)
    def get(self, request: Request, store_id: uuid.UUID) -> Response:
        return self.list(request)

    @extend_schema(
        operation_id="webhook_add",
        request=EndpointInput,
        responses={201: NewEndpointAnswer},
        description="Sends the store's events there from now on, signed with the secret of the answer.",
    )
    @refuses(NotInYourRole, ScopeMissing, AddressForbidden, TooManyEndpoints)
    def post(self, request: Request, store_id: uuid.UUID) -> Response:
        store, values = store_of_path(request, store_id, Act.INTEGRATE), checked(request, EndpointInput)
        endpoint, secret = add_endpoint(
            store=store, url=values["url"], event_types=values.get("events", []), description=values.get("description", ""),
            actor=actor_of(request), now=timezone.now(),
        )  # fmt: skip
        answer = NewEndpointAnswer(endpoint, context={"secret": secret.text})
        return Response(answer.data, status=status.HTTP_201_CREATED)


class Endpoint(ForPrograms, APIView):
    """One webhook."""

    @extend_schema(
        operation_id="webhook_change",
        request=EndpointChangesInput,
        responses={200: EndpointAnswer},
        description="Replaces address, events and description. What waits goes to the new address.",
    )
    @refuses(NotInYourRole, ScopeMissing, AddressForbidden)
    def put(self, request: Request, store_id: uuid.UUID, endpoint_id: uuid.UUID) -> Response:
        endpoint = endpoint_of_path(store_of_path(request, store_id, Act.INTEGRATE), endpoint_id)
        values = checked(request, EndpointChangesInput)
        changed = change_endpoint(
            endpoint=endpoint, url=values["url"], event_types=values.get("events", []),
            description=values.get("description", ""), is_enabled=values["enabled"], actor=actor_of(request),
            now=timezone.now(),
        )  # fmt: skip
        return Response(EndpointAnswer(changed).data)

    @extend_schema(operation_id="webhook_remove", responses={204: None}, description="Sends nothing there any more.")
    @refuses(NotInYourRole, ScopeMissing)
    def delete(self, request: Request, store_id: uuid.UUID, endpoint_id: uuid.UUID) -> Response:
        endpoint = endpoint_of_path(store_of_path(request, store_id, Act.INTEGRATE), endpoint_id)
        checked(request, NothingInput)
        remove_endpoint(endpoint=endpoint, actor=actor_of(request), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class Secrets(ForPrograms, APIView):
    """Another secret."""

    @extend_schema(
        operation_id="webhook_rotate_secret",
        request=NothingInput,
        responses={201: SecretAnswer},
        description="A new secret. For a day both sign.",
    )
    @refuses(NotInYourRole, ScopeMissing)
    def post(self, request: Request, store_id: uuid.UUID, endpoint_id: uuid.UUID) -> Response:
        endpoint = endpoint_of_path(store_of_path(request, store_id, Act.INTEGRATE), endpoint_id)
        checked(request, NothingInput)
        now = timezone.now()
        secret = rotate_secret(endpoint=endpoint, actor=actor_of(request), now=now)
        answer = SecretAnswer({"secret": secret.text, "old_until": now + OVERLAP})
        return Response(answer.data, status=status.HTTP_201_CREATED)


class Deliveries(ForPrograms, generics.ListAPIView[WebhookDelivery]):
    """What was sent to a webhook, and what is on its way."""

    serializer_class = DeliveryAnswer

    def get_queryset(self) -> Any:  # a QuerySet
        store = store_of_path(self.request, self.kwargs["store_id"], Act.INTEGRATE)
        return endpoint_of_path(store, self.kwargs["endpoint_id"]).deliveries.select_related("event")

    @extend_schema(operation_id="webhook_deliveries", description="Deliveries, newest first.")
    @refuses(NotInYourRole, ScopeMissing)
    def get(self, request: Request, store_id: uuid.UUID, endpoint_id: uuid.UUID) -> Response:
        return self.list(request)


class Resends(ForPrograms, APIView):
    """Sending an event once more."""

    @extend_schema(
        operation_id="webhook_resend",
        request=NothingInput,
        responses={201: DeliveryAnswer},
        description="Sends it again within seconds, whatever became of it.",
    )
    @refuses(NotInYourRole, ScopeMissing)
    def post(self, request: Request, store_id: uuid.UUID, endpoint_id: uuid.UUID, delivery_id: uuid.UUID) -> Response:
        endpoint = endpoint_of_path(store_of_path(request, store_id, Act.INTEGRATE), endpoint_id)
        checked(request, NothingInput)
        deliveries = endpoint.deliveries.select_related("event", "endpoint__store")
        delivery = get_object_or_404(deliveries, pk=delivery_id)
        again = resend(delivery=delivery, actor=actor_of(request), now=timezone.now())
        return Response(DeliveryAnswer(again).data, status=status.HTTP_201_CREATED)
