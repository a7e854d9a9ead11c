"""Jobs about what happened."""

from procrastinate.contrib.django import app

from audit.parts import make_parts

MONTHS_AHEAD = 3  # so that a worker may be down for a season


@app.periodic(cron="7 2 * * *")
@app.task(name="audit.make_event_parts", queueing_lock="audit.make_event_parts")
def make_event_parts(timestamp: int) -> None:
    """Make the parts of the event table for the coming months."""
    make_parts(months_ahead=MONTHS_AHEAD)
