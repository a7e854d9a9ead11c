"""The addresses about wallets and money."""

from django.urls import path

from payments import views
from payments.api import account, conversions, freeze, funding, limits, statements, transactions, transfers, wallets

urlpatterns = [
    path("", views.home, name="home"),
    path("activity/", views.Activity.as_view(), name="activity"),
    path("activity/<uuid:transaction_id>/", views.TransactionPage.as_view(), name="transaction"),
    path("activity/<uuid:transaction_id>/receipt.pdf", views.TransactionReceipt.as_view(), name="transaction_receipt"),
    path("activity/<uuid:transaction_id>/refund/", views.Refund.as_view(), name="refund"),
    path("activity/<uuid:transaction_id>/refund/<uuid:draft_id>/", views.RefundReview.as_view(), name="refund_review"),
    path("profile/activity/", views.AccountActivity.as_view(), name="account_activity"),
    path("wallets/", views.Wallets.as_view(), name="wallets"),
    path("wallets/open/", views.OpenWallet.as_view(), name="wallet_open"),
    path("wallets/<uuid:wallet_id>/", views.WalletPage.as_view(), name="wallet"),
    path("wallets/<uuid:wallet_id>/name/", views.RenameWallet.as_view(), name="wallet_rename"),
    path("wallets/<uuid:wallet_id>/primary/", views.MakeWalletPrimary.as_view(), name="wallet_primary"),
    path("wallets/<uuid:wallet_id>/close/", views.CloseWallet.as_view(), name="wallet_close"),
    path("wallets/<uuid:wallet_id>/statement/", views.StatementPage.as_view(), name="statement"),
    path("wallets/<uuid:wallet_id>/statement.csv", views.StatementFile.as_view(), {"form": "csv"}, name="statement_csv"),
    path("wallets/<uuid:wallet_id>/statement.pdf", views.StatementFile.as_view(), {"form": "pdf"}, name="statement_pdf"),
    path(
        "wallets/<uuid:wallet_id>/statement.camt053.xml",
        views.StatementFile.as_view(),
        {"form": "camt053"},
        name="statement_camt",
    ),
    path("profile/freeze/", views.Freeze.as_view(), name="account_freeze"),
    path("profile/freeze/end/", views.Unfreeze.as_view(), name="account_unfreeze"),
    path("profile/limits/", views.Limits.as_view(), name="limits"),
    path("profile/limits/<str:asset>/", views.LimitPage.as_view(), name="limit"),
    path("profile/limits/<str:asset>/keep/", views.KeepLimit.as_view(), name="limit_keep"),
    path("send/", views.Send.as_view(), name="send"),
    path("send/<uuid:draft_id>/", views.SendReview.as_view(), name="send_review"),
    path("exchange/", views.Exchange.as_view(), name="exchange"),
    path("exchange/<uuid:quote_id>/", views.ExchangeQuote.as_view(), name="exchange_quote"),
    path("exchange/<uuid:quote_id>/again/", views.RenewQuote.as_view(), name="exchange_again"),
    path("topup/", views.TopUp.as_view(), name="top_up"),
    path("topup/<uuid:draft_id>/", views.TopUpReview.as_view(), name="top_up_review"),
    path("withdraw/", views.Withdraw.as_view(), name="withdraw"),
    path("withdraw/<uuid:draft_id>/", views.WithdrawReview.as_view(), name="withdraw_review"),
]

api_urlpatterns = [
    path("me/activity", account.AccountActivity.as_view(), name="api_account_activity"),
    path("me/activity/summary", account.AccountSummary.as_view(), name="api_account_activity_summary"),
    path("assets", conversions.Assets.as_view(), name="api_assets"),
    path("rates", conversions.Rates.as_view(), name="api_rates"),
    path("wallets", wallets.Wallets.as_view(), name="api_wallets"),
    path("wallets/<uuid:wallet_id>", wallets.WalletDetail.as_view(), name="api_wallet"),
    path("wallets/<uuid:wallet_id>/balance", wallets.WalletBalance.as_view(), name="api_wallet_balance"),
    path("wallets/<uuid:wallet_id>/closures", wallets.WalletClosures.as_view(), name="api_wallet_closures"),
    path("wallets/<uuid:wallet_id>/postings", wallets.WalletPostings.as_view(), name="api_wallet_postings"),
    path("wallets/<uuid:wallet_id>/statement", statements.WalletStatement.as_view(), name="api_wallet_statement"),
    path("freeze", freeze.Freeze.as_view(), name="api_freeze"),
    path("limits", limits.Limits.as_view(), name="api_limits"),
    path("transactions", transactions.Transactions.as_view(), name="api_transactions"),
    path("transactions/<uuid:transaction_id>", transactions.TransactionDetail.as_view(), name="api_transaction"),
    path("transactions/<uuid:transaction_id>/refunds", transactions.Refunds.as_view(), name="api_refunds"),
    path("deposits", funding.Deposits.as_view(), name="api_deposits"),
    path("withdrawals", funding.Withdrawals.as_view(), name="api_withdrawals"),
    path("transfers", transfers.Transfers.as_view(), name="api_transfers"),
    path("conversions", conversions.Conversions.as_view(), name="api_conversions"),
    path("conversions/quotes", conversions.Quotes.as_view(), name="api_quotes"),
    path("conversions/quotes/<uuid:quote_id>", conversions.QuoteDetail.as_view(), name="api_quote"),
]
