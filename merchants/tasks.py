"""Jobs of stores and tills."""

from django.utils import timezone
from procrastinate.contrib.django import app

from merchants.operations import close_idle_stores, expire_charges


@app.periodic(cron="* * * * *")
@app.task(name="merchants.expire_charges", queueing_lock="merchants.expire_charges")
def expire(timestamp: int) -> None:
    """Write down once a minute which charges nobody paid in time."""
    expire_charges(now=timezone.now())


@app.periodic(cron="17 3 * * *")
@app.task(name="merchants.close_idle_stores", queueing_lock="merchants.close_idle_stores")
def close_idle(timestamp: int) -> None:
    """Close once a night the stores that nobody pays."""
    while close_idle_stores(now=timezone.now()):
        pass  # as many again as one commit takes
