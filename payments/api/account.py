"""The API about what happened on the caller's account."""

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import person
from accounts.history import history_of
from audit.models import Event
from payments.queries import activity_summary
from payments.serializers import ActivitySummaryAnswer, EventAnswer


class AccountActivity(generics.ListAPIView[Event]):
    """What happened on the caller's account."""

    queryset = Event.objects.none()  # says what the list is of
    serializer_class = EventAnswer

    def get_queryset(self) -> QuerySet[Event]:
        return history_of(person(self.request))

    @extend_schema(
        operation_id="account_activity",
        responses={200: EventAnswer(many=True)},
        description="Sign-ins, changes and failed tries, newest first, of the months that are kept. Movements of money are"
        " transactions.",
    )
    def get(self, request: Request) -> Response:
        return self.list(request)


class AccountSummary(APIView):
    """How much the caller does here."""

    @extend_schema(
        operation_id="account_activity_summary",
        responses={200: ActivitySummaryAnswer},
        description="What the caller did on their account, and the money they moved: in all, in the last seven days, when last,"
        " and what most often.",
    )
    def get(self, request: Request) -> Response:
        return Response(ActivitySummaryAnswer(activity_summary(person(request), now=timezone.now())).data)
