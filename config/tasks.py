"""Jobs of the plumbing."""

import datetime as dt
from contextlib import suppress

from django.conf import settings
from django.core.cache import caches
from django.utils import timezone
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation

from config import limits
from config.cache import SharedCache
from config.mail import MailUnansweredError, deliver
from config.models import IdempotencyKey
from config.sessions import SessionStore

# Nine tries over about three hours: longer than most mail servers are down, shorter than a person waits.
PATIENCE = RetryStrategy(max_attempts=9, exponential_wait=3, retry_exceptions={MailUnansweredError})

FINISHED_JOB_HOURS = 72
FAILED_LETTER_HOURS = 30 * 24  # they are sealed, and still somebody's address and words
COUNTS_AT_ONCE = 5000


@app.task(queue="mail", retry=PATIENCE)
def deliver_mail(sealed: str) -> None:
    """Hand one waiting letter to the mail server."""
    deliver(sealed)


@app.periodic(cron="17 3 * * *")
@app.task(name="config.forget_old_keys", queueing_lock="config.forget_old_keys")
def forget_old_keys(timestamp: int) -> None:
    """Delete the keys that nobody will send again: `IDEMPOTENCY_KEY_DAYS` after their answer."""
    limit = timezone.now() - dt.timedelta(days=settings.IDEMPOTENCY_KEY_DAYS)
    IdempotencyKey.objects.filter(created_at__lt=limit).delete()


@app.periodic(cron="47 3 * * *")
@app.task(name="config.forget_ended_sessions", queueing_lock="config.forget_ended_sessions")
def forget_ended_sessions(timestamp: int) -> None:
    """Delete the sessions whose time is over."""
    SessionStore.clear_expired()


@app.periodic(cron="*/10 * * * *")
@app.task(name="config.forget_counts", queueing_lock="config.forget_counts")
def forget_counts(timestamp: int) -> None:
    """Delete what limits have counted that counts no more, a batch and a commit at a time."""
    while limits.forget(most=COUNTS_AT_ONCE) == COUNTS_AT_ONCE:
        pass
    cache = caches["default"]
    while isinstance(cache, SharedCache) and cache.forget(most=COUNTS_AT_ONCE) == COUNTS_AT_ONCE:
        pass


@app.periodic(cron="* * * * * */30")
@app.task(name="config.retry_stalled_jobs", queueing_lock="config.retry_stalled_jobs", pass_context=True)
async def retry_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Queue the jobs again whose worker has not been heard of for half a minute: it was killed in the middle of them."""
    for job in await context.app.job_manager.get_stalled_jobs():
        with suppress(UniqueViolation):  # one like it waits already, and must not keep the others from their turn
            await context.app.job_manager.retry_job(job)


@app.periodic(cron="27 3 * * *")
@app.task(name="config.forget_finished_jobs", queueing_lock="config.forget_finished_jobs", pass_context=True)
async def forget_finished_jobs(context: JobContext, timestamp: int) -> None:
    """Delete the jobs that ended well some days ago; failed ones stay for whoever looks into them, of letters for a month."""
    await context.app.job_manager.delete_old_jobs(nb_hours=FINISHED_JOB_HOURS)
    await context.app.job_manager.delete_old_jobs(nb_hours=FAILED_LETTER_HOURS, queue="mail", include_failed=True)
