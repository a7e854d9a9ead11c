"""Configuration of the providers that would fail only when somebody uses it."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured

from payments.providers.funding import moves_no_real_money
from payments.providers.rates import rates_provider


@register(Tags.security)
def check_providers(app_configs: Sequence[AppConfig] | None, **_options: Any) -> Iterable[CheckMessage]:
    """FUNDING_PROVIDER and RATES_PROVIDER name providers that exist."""
    for choose in (moves_no_real_money, rates_provider):
        try:
            choose()
        except ImproperlyConfigured as error:
            yield Error(str(error), id="florin.E301")
