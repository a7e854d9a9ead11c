"""Webhooks on a developer's machine: listening to a store's events, and making one happen."""

import time
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

import requests
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Max
from django.utils import timezone

from merchants.models import Store, StoreEvent
from merchants.webhooks.events import CATALOGUE, next_position
from merchants.webhooks.sending import payload_of, place_events
from merchants.webhooks.signing import Secret, signed_headers

LOOK_AGAIN_S = 1
TIMEOUT_S = 10


class Command(BaseCommand):
    """`listen` sends a store's events to a program on this machine, signed; `trigger` writes one that says it is made up."""

    help = "Forward a store's events to a local address, or write an event to try a receiver with."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        listen = acts.add_parser("listen", help="forward events as they happen")
        listen.add_argument("store", help="the store's symbol")
        listen.add_argument("--forward-to", required=True, metavar="URL", help="where your program listens")
        listen.add_argument("--secret", default="", help="sign with this one (default: a new one, which is printed)")
        listen.add_argument("--once", action="store_true", help="forward what is there and stop")
        listen.add_argument("--after", type=int, default=None, help="begin after this position (default: now)")
        trigger = acts.add_parser("trigger", help="write an event")
        trigger.add_argument("store", help="the store's symbol")
        trigger.add_argument("type", choices=sorted(CATALOGUE))

    def handle(self, *args: Any, **options: Any) -> None:
        store = Store.objects.filter(symbol=options["store"].upper()).first()
        if store is None:
            raise CommandError(f"No store has the symbol {options['store']!r}.")
        if options["act"] == "trigger":
            self._trigger(store, options["type"])
        else:
            self._listen(store, options)

    def _trigger(self, store: Store, event_type: str) -> None:
        event = StoreEvent.objects.create(
            store=store, type=event_type, resource_id=store.pk, data={"made_up": True, "store": str(store.pk)},
        )  # fmt: skip
        place_events(now=timezone.now())
        self.stdout.write(f"{event.type} {event.pk}")

    def _listen(self, store: Store, options: dict[str, Any]) -> None:
        url, secret = options["forward_to"], Secret(options["secret"]) if options["secret"] else Secret.new()
        if urlsplit(url).scheme not in {"http", "https"}:
            raise CommandError("Write an http or https address to forward to.")
        if not store.has_listeners:
            Store.objects.filter(pk=store.pk).update(has_listeners=True)
        last = options["after"]
        if last is None:
            last = StoreEvent.objects.filter(store=store).aggregate(last=Max("position"))["last"] or next_position()
        self.stdout.write(f"Forwarding the events of {store.name} to {url}\nSecret: {secret.text}")
        while True:
            place_events(now=timezone.now())
            for event in StoreEvent.objects.filter(store=store, position__gt=last).order_by("position"):
                last = event.position
                self._forward(event, url, secret)
            if options["once"]:
                return
            time.sleep(LOOK_AGAIN_S)

    def _forward(self, event: StoreEvent, url: str, secret: Secret) -> None:
        body = payload_of(event)
        headers = signed_headers(str(event.pk), body, [secret], now=timezone.now())
        try:
            answer: object = requests.post(url, body, headers=headers, timeout=TIMEOUT_S, allow_redirects=False).status_code
        except requests.RequestException as error:
            answer = type(error).__name__
        self.stdout.write(f"{event.position} {event.type} {event.pk} -> {answer}")
