"""How operations meet the database."""

from django.db import transaction

# One operation is one commit. Inside another operation it joins it instead of setting a savepoint:
# a refusal always undoes the whole act, and a payment saves two round trips.
operation = transaction.atomic(savepoint=False)
