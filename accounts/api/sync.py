"""The API where apps say what they synced."""

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import person
from accounts.serializers.sync import SyncAnswer, SyncEventAnswer, SyncInput
from audit.models import SyncLog
from audit.sync import Synced, record_syncs
from config.api import read


class SyncFilter(filters.FilterSet):
    """Which events."""

    event_type = filters.CharFilter(max_length=64)
    event_source = filters.CharFilter(max_length=64)
    success = filters.ChoiceFilter(choices=[("true", "true"), ("false", "false")], method="that_worked")

    def that_worked(self, found: QuerySet[SyncLog], _name: str, wanted: str) -> QuerySet[SyncLog]:
        return found.filter(success=wanted == "true")


@method_decorator(never_cache, name="dispatch")
class SyncEvents(generics.ListAPIView[SyncLog]):
    """What the caller's apps synced."""

    queryset = SyncLog.objects.none()  # says what the list is of
    serializer_class = SyncEventAnswer
    filterset_class = SyncFilter
    throttle_scope = "sync"

    def get_queryset(self) -> QuerySet[SyncLog]:
        return SyncLog.objects.filter(user=person(self.request))

    @extend_schema(
        operation_id="sync_events",
        responses={200: SyncEventAnswer(many=True)},
        description="What the caller's apps said they synced, on all devices, newest first.",
    )
    def get(self, request: Request) -> Response:
        return self.list(request)

    @extend_schema(
        operation_id="sync_events_record",
        request=SyncInput,
        responses={200: SyncAnswer},
        description="Says what the app synced, and what it failed to. One wrong event refuses all of them, and nothing is"
        " written. An app that got no answer sends the same events again.",
    )
    def post(self, request: Request) -> Response:
        events = [Synced(**event) for event in read(request, SyncInput)["events"]]
        outcomes = record_syncs(user_id=person(request).pk, events=events, now=timezone.now())
        became = [{"event_id": event.event_id, "outcome": outcome} for event, outcome in zip(events, outcomes, strict=True)]
        return Response(SyncAnswer({"events": became}).data)
