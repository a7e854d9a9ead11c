"""The portal's forms about wallets and money."""

from payments.forms.acts import ActForm, DraftForm, ExchangeForm, RefundForm, SendForm, TopUpForm, WithdrawForm
from payments.forms.limits import LimitForm
from payments.forms.periods import ActivityForm, BalanceAtForm, PeriodForm, day_start
from payments.forms.wallets import OpenWalletForm, RenameWalletForm

__all__ = [
    "ActForm",
    "ActivityForm",
    "BalanceAtForm",
    "DraftForm",
    "ExchangeForm",
    "LimitForm",
    "OpenWalletForm",
    "PeriodForm",
    "RefundForm",
    "RenameWalletForm",
    "SendForm",
    "TopUpForm",
    "WithdrawForm",
    "day_start",
]
