"""Jobs about people."""

from django.utils import timezone
from procrastinate.contrib.django import app

from accounts import nonces
from accounts.sessions import forget_ended_sessions


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
