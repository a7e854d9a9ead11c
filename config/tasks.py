"""Jobs of the plumbing."""

import smtplib

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from config.mail import open_letter

# Nine tries over about three hours: longer than most mail servers are down, shorter than a person waits.
PATIENCE = RetryStrategy(max_attempts=9, exponential_wait=3, retry_exceptions={smtplib.SMTPException, OSError})


@app.task(queue="mail", retry=PATIENCE)
def deliver_mail(sealed: str) -> None:
    """Hand one waiting letter to the mail server."""
    open_letter(sealed).send()
