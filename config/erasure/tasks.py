"""Jobs about people who have left."""

import uuid

from django.core.files.storage import default_storage
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

# A storage that is away comes back within the day; what it still refuses then stays a failed job for whoever looks.
PATIENCE = RetryStrategy(max_attempts=10, exponential_wait=3)


@app.task(name="config.remove_files", retry=PATIENCE)
def remove_files(names: list[str]) -> None:
    """Remove files from the storage that no row refers to any more. One that is not there is removed already."""
    for name in names:
        default_storage.delete(name)


@app.task(name="config.erase_leftovers", retry=PATIENCE)
def sweep(user_id: str) -> None:
    """Erase what a request has still written about somebody while their account was being closed."""
    from config.erasure.operations import erase_leftovers  # which imports this module

    erase_leftovers(user_id=uuid.UUID(user_id))


@app.periodic(cron="7 3 * * *")
@app.task(name="config.forget_old_identities", queueing_lock="config.forget_old_identities")
def forget_identities(timestamp: int) -> None:
    """Delete the identities that no law keeps any more."""
    from config.erasure.operations import forget_old_identities  # which imports this module

    forget_old_identities(now=timezone.now())
