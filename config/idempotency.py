"""One effect per key: the key's row, the work and the stored answer are one commit.

A second try with the same key waits for the first to end. If the first committed, the second gets its
answer; if it was refused, its key is gone with it, and the second is a first try. Keys belong to
their caller.
"""

import copy
import functools
import hashlib
import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from psycopg.errors import LockNotAvailable
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from config.errors import Refused
from config.models import uuid7

KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"
KEY = re.compile(r"^[\x21-\x7e]{8,100}$", re.ASCII)
FORM_KEY = "idempotency_key"

# The limit is on waiting for another try with the same key and for nothing else: `patience` sets it before
# the row is inserted, and `returning` gives back what was there before any other lock is asked for.
# Where there is a row already nothing is returned, and this transaction asks for no more locks.
CLAIM = """
with patience as materialized (
    select current_setting('lock_timeout') as usual, set_config('lock_timeout', %s, true) as now
)
insert into config_idempotencykey (id, created_at, caller, key, digest)
select %s::uuid, %s::timestamptz, %s::uuid, %s, %s::bytea from patience where now is not null
on conflict (caller, key) do nothing
returning set_config('lock_timeout', (select usual from patience), true)
"""
FIND = "select digest, status, body from config_idempotencykey where caller = %s and key = %s"
STORE = "update config_idempotencykey set status = %s, body = %s::jsonb where id = %s"


class KeyMissing(Refused):
    """Without a key a repeated request could pay twice."""

    code = "idempotency_key_missing"
    status = 400
    message = _("Send an Idempotency-Key of 8 to 100 visible characters. Nothing was done.")


class KeyReused(Refused):
    """The key stands for another request of this caller."""

    code = "idempotency_key_reused"
    status = 422
    message = _("This was sent before with other contents. Nothing was done a second time: look at your activity first.")


class KeyInProgress(Refused):
    """The first try has not ended within `IDEMPOTENCY_WAIT_MS`."""

    code = "idempotency_in_progress"
    status = 409
    message = _("This is being done right now. Wait a moment, then send it again with the same key.")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a keyed request is answered: an HTTP status and JSON. `replayed` if an earlier try did the work."""

    status: int
    body: Any
    replayed: bool = False


def once(*, caller: uuid.UUID, key: str, digest: bytes, work: Callable[[], Answer]) -> Answer:
    """Do the work unless this caller's key has done it, and answer what it answered first.

    `digest` stands for the request's contents. The work's refusals pass through and free the key.
    Costs two round trips beside the work's own. The body comes back as JSON keeps it.

    :raises KeyReused: the key stands for other contents.
    :raises KeyInProgress: another try with it is still running.
    """
    with transaction.atomic(durable=True):
        row = _claim(caller, key, digest)
        if row is None:
            return _first_answer(caller, key, digest)
        answer = work()
        with connection.cursor() as cursor:
            cursor.execute(STORE, [answer.status, json.dumps(answer.body, cls=JSONEncoder), row])
        return answer


def digest_of(*parts: str, contents: Any) -> bytes:
    """A fingerprint of a request: the same contents give the same one in whatever order their keys come."""
    canonical = json.dumps([*parts, contents], sort_keys=True, separators=(",", ":"), cls=JSONEncoder)
    return hashlib.sha256(canonical.encode()).digest()


def idempotent[View](method: Callable[..., Response]) -> Callable[..., Response]:
    """Make a method of an API view demand an `Idempotency-Key` and answer each key once.

    Everything the method writes is in the key's commit, so it must neither commit nor call outside. It is
    called after authentication; the key belongs to the person who asks.
    """

    @functools.wraps(method)
    def keyed(self: View, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(KEY_HEADER, "")
        if not KEY.fullmatch(key):
            raise KeyMissing
        first: list[Response] = []

        def work() -> Answer:
            first.append(method(self, request, *args, **kwargs))
            return Answer(first[0].status_code, first[0].data)

        digest = digest_of(str(request.method), request.path, contents=request.data)
        answer = once(caller=_person(request), key=key, digest=digest, work=work)
        if answer.replayed:
            return Response(answer.body, status=answer.status, headers={REPLAYED_HEADER: "true"})
        return first[0]

    keyed.is_idempotent = True  # type: ignore[attr-defined]  # the OpenAPI schema asks
    return keyed


class KeyedForm(forms.Form):
    """A form that moves money at most once: it carries a key made when it is first shown.

    Reload, Back and a second click send the same key again. Use with `redirect_once`.
    """

    idempotency_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)

    def renew_key(self) -> None:
        """Give a form that is shown again a key of its own: what it sends next is a new wish."""
        data = cast("dict[str, str]", copy.copy(self.data))  # a request's, which is frozen, or a dict
        data[self.add_prefix(FORM_KEY)] = str(uuid7())
        self.data = data


def redirect_once(request: HttpRequest, *, form: KeyedForm, work: Callable[[], str]) -> HttpResponseRedirect:
    """Do a valid form's work at most once, and lead to the address that it answered, every time.

    `work` does the act and returns the address of its result (a receipt). When the same form was
    sent before with other contents, it gets a new key and the refusal, so that a view which shows the
    form again lets the person decide::

        if form.is_valid():
            try:
                return redirect_once(request, form=form, work=lambda: receipt_url(send_money(...)))
            except Refused as refusal:
                refused_on_form(form, refusal)

    :raises KeyReused, KeyInProgress: and whatever the work refuses.
    """
    contents = {name: request.POST.getlist(name) for name in request.POST if name not in {FORM_KEY, "csrfmiddlewaretoken"}}
    digest = digest_of(str(request.method), request.path, contents=contents)
    try:
        answer = once(
            caller=_person(request),
            key=str(form.cleaned_data[FORM_KEY]),
            digest=digest,
            work=lambda: Answer(HttpResponseRedirect.status_code, {"location": work()}),
        )
    except KeyReused:
        form.renew_key()
        raise
    return HttpResponseRedirect(answer.body["location"])


def _person(request: HttpRequest | Request) -> uuid.UUID:
    """Who the key belongs to. Views ask for a signed-in person before they get here."""
    return cast("uuid.UUID", request.user.pk)


def _claim(caller: uuid.UUID, key: str, digest: bytes) -> uuid.UUID | None:
    """Insert the key's row and return its id, or None if an earlier try committed."""
    row = uuid7()
    try:
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, [f"{settings.IDEMPOTENCY_WAIT_MS}ms", row, timezone.now(), caller, key, digest])
            return row if cursor.fetchone() else None
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise KeyInProgress from None
        raise


def _first_answer(caller: uuid.UUID, key: str, digest: bytes) -> Answer:
    with connection.cursor() as cursor:
        cursor.execute(FIND, [caller, key])
        stored, status, body = cursor.fetchone()
    if bytes(stored) != digest:
        raise KeyReused
    return Answer(status, json.loads(body) if isinstance(body, str) else body, replayed=True)
