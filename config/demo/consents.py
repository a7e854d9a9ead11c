"""What the people of the demo world agreed to, made after everything else."""

import datetime as dt
from itertools import batched

from accounts.legal import edition, required_texts
from accounts.models import Consent, User

BATCH = 2_000


def let_agree(now: dt.datetime) -> None:
    """Let everybody agree to the texts that an account rests on. As rows, not one by one: there may be a million."""
    people = User.objects.filter(consents=None).only("pk", "language").iterator(BATCH)
    for some in batched(people, BATCH):
        Consent.objects.bulk_create(
            Consent(
                user=person, kind=text.kind, text_version=text.version, language=person.language, granted_at=now, created_at=now
            )
            for person in some
            for text in required_texts()
        )
    User.objects.filter(agreed_edition="").update(agreed_edition=edition())
