"""Jobs of stores and tills."""

from django.utils import timezone
from procrastinate.contrib.django import app

from merchants.operations import expire_charges


@app.periodic(cron="* * * * *")
@app.task(name="merchants.expire_charges", queueing_lock="merchants.expire_charges")
def expire(timestamp: int) -> None:
    """Write down once a minute which charges nobody paid in time."""
    expire_charges(now=timezone.now())
