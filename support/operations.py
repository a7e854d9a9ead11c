"""Who helps."""

import datetime as dt

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit import trail
from config.database import operation
from config.errors import Refused
from support.models import Agent


class NoSuchPerson(Refused):
    """An agent is made of an active account that is none yet."""

    code = "no_such_person"
    field = "email"
    message = _("No account with this e-mail address is free for this. Let the person sign up first.")


@operation
def provision_agent(*, agent: Agent, actor: User, now: dt.datetime) -> Agent:
    """Make the person with the agent's e-mail address a support agent, and staff.

    :raises NoSuchPerson: nobody active has that address, or an agent already.
    """
    person = User.objects.filter(email__iexact=agent.email, status=User.Status.ACTIVE, agent__isnull=True).first()
    if person is None:
        raise NoSuchPerson
    person.is_staff = True
    person.save(update_fields=["is_staff", "updated_at"])
    agent.user = person
    agent.save()
    trail.record("agent.provisioned", actor=actor, resource=agent, customer_id=person.pk, now=now)
    return agent


@operation
def dismiss_agent(*, agent: Agent, actor: User, reason: str, now: dt.datetime) -> Agent:
    """Take the agent's access away, from their next request on. The account stays, as a customer's."""
    agent.is_active = False
    agent.save(update_fields=["is_active", "updated_at"])
    if not agent.user.is_superuser:
        agent.user.is_staff = False
        agent.user.save(update_fields=["is_staff", "updated_at"])
    trail.record(
        "agent.dismissed", actor=actor, resource=agent, customer_id=agent.user_id, metadata={"reason": reason}, now=now
    )
    return agent
