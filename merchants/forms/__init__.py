"""The portal's forms about stores, by topic."""

from merchants.forms.paying import CodeForm, PayChargeForm, PayStoreForm
from merchants.forms.till import ChargeForm

__all__ = ["ChargeForm", "CodeForm", "PayChargeForm", "PayStoreForm"]
