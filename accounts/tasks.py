"""Jobs about people."""

import time

import structlog
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from accounts import codes, nonces
from accounts.providers.sms import SmsUnanswered, sms_provider
from accounts.sessions import forget_ended_sessions
from accounts.texts import open_text

log = structlog.get_logger("florin.texts")

# Eight tries over about an hour; a code is not sent any more once it has run out.
PATIENCE = RetryStrategy(max_attempts=8, exponential_wait=3, retry_exceptions={SmsUnanswered, OSError})


@app.task(queue="mail", retry=PATIENCE)
def deliver_text(sealed: str) -> None:
    """Hand one waiting message to the gateway; again, under the same id, while that does not answer."""
    message, good_until = open_text(sealed)
    provider = sms_provider()
    if provider is None or (good_until is not None and good_until < time.time()):
        log.warning("text not sent", text=message.id, reason="no provider" if provider is None else "too late")
        return
    provider.send(message)


@app.periodic(cron="37 3 * * *")
@app.task(name="accounts.forget_ended_devices", queueing_lock="accounts.forget_ended_devices")
def forget_ended_devices(timestamp: int) -> None:
    """Delete the devices whose session was over long ago; refresh tokens go when the session does."""
    forget_ended_sessions(now=timezone.now())


@app.periodic(cron="57 * * * *")
@app.task(name="accounts.forget_old_nonces", queueing_lock="accounts.forget_old_nonces")
def forget_old_nonces(timestamp: int) -> None:
    """Delete the nonces that nobody spent in time."""
    nonces.forget_old_nonces(now=timezone.now())


@app.periodic(cron="27 * * * *")
@app.task(name="accounts.forget_old_codes", queueing_lock="accounts.forget_old_codes")
def forget_old_codes(timestamp: int) -> None:
    """Delete the codes by SMS that have run out."""
    codes.forget_old_codes(now=timezone.now())
