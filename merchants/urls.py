"""Addresses about stores, tills and paying there."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from merchants.api import charges, paying
from merchants.api import disputes as disputes_api
from merchants.api import integration as integration_api
from merchants.api import payouts as payouts_api
from merchants.api import shifts as shifts_api
from merchants.api import statements as statements_api
from merchants.api import statistics as statistics_api
from merchants.api import stores as stores_api
from merchants.api import team as team_api
from merchants.models import CHARGE_CODE_LENGTH, STORE_CODE_LENGTH
from merchants.views import (
    directory,
    disputes,
    hooks,
    integration,
    pay,
    payouts,
    settings,
    shifts,
    statements,
    statistics,
    stores,
    team,
    till,
)


class StoreCode(StringConverter):
    """A store's code as it is written; whatever is only almost one is put right first."""

    regex = rf"[A-HJ-NP-Z2-9]{{{STORE_CODE_LENGTH}}}"


class ChargeCode(StringConverter):
    """A charge's code as it is written."""

    regex = rf"[A-HJ-NP-Z2-9]{{{CHARGE_CODE_LENGTH}}}"


register_converter(StoreCode, "store_code")
register_converter(ChargeCode, "charge_code")

STORE = "stores/<uuid:store_id>"
PAYMENT = f"{STORE}/payments/<uuid:transaction_id>"
DISPUTE = f"{STORE}/disputes/<uuid:dispute_id>"
PAYOUT = f"{STORE}/payouts/<uuid:payout_id>"
WEBHOOK = f"{STORE}/webhooks/<uuid:endpoint_id>"
CHARGE = f"{STORE}/till/<uuid:charge_id>"

urlpatterns = [
    path("hooks/pix", hooks.pix, name="pix_hook"),
    path("pay/", pay.EnterCode.as_view(), name="pay"),
    # Without a slash at the end: these stand in QR codes, where each character costs.
    path("pay/<store_code:code>", pay.PayStore.as_view(), name="pay_store"),
    path("pay/<charge_code:code>", pay.PayCharge.as_view(), name="pay_charge"),
    path("pay/<store_code:code>/<uuid:draft_id>/", pay.PayStoreReview.as_view(), name="pay_store_review"),
    path("pay/<charge_code:code>/<uuid:draft_id>/", pay.PayChargeReview.as_view(), name="pay_charge_review"),
    path("pay/<str:code>", pay.EnterCode.as_view(), name="pay_mistyped"),
    path("stores/", stores.Stores.as_view(), name="stores"),
    path("stores/new/", stores.OpenStore.as_view(), name="store_open"),
    path("stores/new/symbol/", stores.SymbolHint.as_view(), name="symbol_hint"),
    path("directory/", directory.show_directory, name="directory"),
    path("directory/<slug:symbol>/", directory.public_store, name="public_store"),
    path("directory/<slug:symbol>/logo", directory.public_logo, name="public_logo"),
    path("join/<str:token>/", team.Join.as_view(), name="join"),
    path(f"{STORE}/", stores.StoreHome.as_view(), name="store"),
    path(f"{STORE}/poster/", stores.Poster.as_view(), name="store_poster"),
    path(f"{STORE}/qr.<str:kind>", stores.StoreQR.as_view(), name="store_qr"),
    path(f"{STORE}/payments/", stores.StorePayments.as_view(), name="store_payments"),
    path(f"{PAYMENT}/", stores.PaymentPage.as_view(), name="store_payment"),
    path(f"{PAYMENT}/refund/", stores.StoreRefund.as_view(), name="store_refund"),
    path(f"{PAYMENT}/refund/<uuid:draft_id>/", stores.StoreRefundReview.as_view(), name="store_refund_review"),
    path("activity/<uuid:transaction_id>/dispute/", disputes.PaymentDispute.as_view(), name="dispute"),
    path("activity/<uuid:transaction_id>/dispute/withdraw/", disputes.Withdraw.as_view(), name="dispute_withdraw"),
    path(f"{STORE}/disputes/", disputes.StoreDisputes.as_view(), name="store_disputes"),
    path(f"{DISPUTE}/", disputes.StoreDispute.as_view(), name="store_dispute"),
    path(f"{STORE}/settings/", settings.EditStore.as_view(), name="store_edit"),
    path(f"{STORE}/settings/logo/", settings.Logo.as_view(), name="store_logo"),
    path(f"{STORE}/close/", settings.CloseStore.as_view(), name="store_close"),
    path(f"{STORE}/reopen/", settings.ReopenStore.as_view(), name="store_reopen"),
    path(f"{STORE}/team/", team.Team.as_view(), name="store_team"),
    path(f"{STORE}/team/invite/", team.Invite.as_view(), name="store_invite"),
    path(f"{STORE}/team/invitations/<uuid:invitation_id>/", team.Uninvite.as_view(), name="store_uninvite"),
    path(f"{STORE}/team/backup/", team.BackupOwner.as_view(), name="store_backup_owner"),
    path(f"{STORE}/team/<uuid:member_id>/", team.Member.as_view(), name="store_member"),
    path(f"{STORE}/team/<uuid:member_id>/remove/", team.RemoveMember.as_view(), name="store_member_remove"),
    path(f"{STORE}/roles/", team.Roles.as_view(), name="store_roles"),
    path(f"{STORE}/leave/", team.Leave.as_view(), name="store_leave"),
    path(f"{STORE}/claim/", team.ClaimStore.as_view(), name="store_claim"),
    path(f"{STORE}/claim/stop/", team.StopClaim.as_view(), name="store_claim_stop"),
    path(f"{STORE}/statistics/", statistics.Statistics.as_view(), name="statistics"),
    path(f"{STORE}/statistics/days.csv", statistics.StatisticsFile.as_view(), {"what": "days"}, name="statistics_days"),
    path(
        f"{STORE}/statistics/payments.csv",
        statistics.StatisticsFile.as_view(),
        {"what": "payments"},
        name="statistics_payments",
    ),
    path(f"{STORE}/statement/", statements.StoreStatement.as_view(), name="store_statement"),
    path(f"{STORE}/statement.csv", statements.StoreStatementFile.as_view(), {"form": "csv"}, name="store_statement_csv"),
    path(f"{STORE}/statement.pdf", statements.StoreStatementFile.as_view(), {"form": "pdf"}, name="store_statement_pdf"),
    path(
        f"{STORE}/statement.camt053.xml",
        statements.StoreStatementFile.as_view(),
        {"form": "camt053"},
        name="store_statement_camt",
    ),
    path(f"{STORE}/payouts/", payouts.Payouts.as_view(), name="payouts"),
    path(f"{STORE}/payouts/new/", payouts.AskPayout.as_view(), name="payout_new"),
    path(f"{STORE}/payouts/new/<uuid:draft_id>/", payouts.ReviewPayout.as_view(), name="payout_review"),
    path(f"{PAYOUT}/", payouts.PayoutPage.as_view(), name="payout"),
    path(f"{PAYOUT}/approve/", payouts.Approve.as_view(), name="payout_approve"),
    path(f"{PAYOUT}/cancel/", payouts.Cancel.as_view(), name="payout_cancel"),
    path(f"{PAYOUT}/change/", payouts.Change.as_view(), name="payout_change"),
    path(f"{PAYOUT}/statement.csv", payouts.StatementFile.as_view(), {"suffix": "csv"}, name="payout_csv"),
    path(f"{PAYOUT}/statement.pdf", payouts.StatementFile.as_view(), {"suffix": "pdf"}, name="payout_pdf"),
    path(f"{STORE}/destinations/", payouts.Destinations.as_view(), name="payout_destinations"),
    path(f"{STORE}/destinations/new/<slug:kind>/", payouts.AddDestination.as_view(), name="payout_destination_new"),
    path(
        f"{STORE}/destinations/<uuid:destination_id>/remove/",
        payouts.RemoveDestination.as_view(),
        name="payout_destination_remove",
    ),
    path(
        f"{STORE}/destinations/<uuid:destination_id>/till/",
        payouts.ShowAtTill.as_view(),
        name="payout_destination_till",
    ),
    path(f"{STORE}/developers/", integration.Developers.as_view(), name="developers"),
    path(f"{STORE}/developers/keys/new/", integration.NewKey.as_view(), name="api_key_new"),
    path(f"{STORE}/developers/keys/<uuid:key_id>/rotate/", integration.RotateKey.as_view(), name="api_key_rotate"),
    path(f"{STORE}/developers/keys/<uuid:key_id>/revoke/", integration.RevokeKey.as_view(), name="api_key_revoke"),
    path(f"{STORE}/webhooks/new/", integration.NewEndpoint.as_view(), name="webhook_new"),
    path(f"{WEBHOOK}/", integration.Webhook.as_view(), name="webhook"),
    path(f"{WEBHOOK}/rotate/", integration.RotateSecret.as_view(), name="webhook_rotate"),
    path(f"{WEBHOOK}/test/", integration.SendTest.as_view(), name="webhook_test"),
    path(f"{WEBHOOK}/remove/", integration.RemoveWebhook.as_view(), name="webhook_remove"),
    path(f"{WEBHOOK}/deliveries/<uuid:delivery_id>/", integration.Delivery.as_view(), name="webhook_delivery"),
    path(f"{WEBHOOK}/deliveries/<uuid:delivery_id>/resend/", integration.Resend.as_view(), name="webhook_resend"),
    path(f"{STORE}/till/", till.Till.as_view(), name="till"),
    path(f"{STORE}/till/today/", till.Today.as_view(), name="till_today"),
    path(f"{STORE}/shifts/", shifts.Shifts.as_view(), name="shifts"),
    path(f"{STORE}/shifts/open/", shifts.OpenShift.as_view(), name="shift_open"),
    path(f"{STORE}/shifts/<uuid:shift_id>/", shifts.ShiftPage.as_view(), name="shift"),
    path(f"{STORE}/shifts/<uuid:shift_id>/close/", shifts.CloseShift.as_view(), name="shift_close"),
    path(f"{CHARGE}/", till.TillCharge.as_view(), name="till_charge"),
    path(f"{CHARGE}/cancel/", till.CancelCharge.as_view(), name="till_cancel"),
    path(f"{CHARGE}/qr.<str:kind>", till.ChargeQR.as_view(), name="till_qr"),
]

api_urlpatterns = [
    path("stores", stores_api.Stores.as_view(), name="api_stores"),
    path("me/stores", stores_api.OwnStores.as_view(), name="api_own_stores"),
    path("stores/symbols", stores_api.Symbols.as_view(), name="api_store_symbols"),
    path(f"{STORE}/closures", stores_api.StoreClosures.as_view(), name="api_store_closures"),
    path(f"{STORE}/openings", stores_api.StoreOpenings.as_view(), name="api_store_openings"),
    path(f"{STORE}", stores_api.StoreDetail.as_view(), name="api_store"),
    path("stores/by-code/<str:code>", stores_api.StoreByCode.as_view(), name="api_store_by_code"),
    path(f"{STORE}/qr.<str:kind>", stores_api.StoreQR.as_view(), name="api_store_qr"),
    path(f"{STORE}/charges", charges.StoreCharges.as_view(), name="api_store_charges"),
    path(f"{STORE}/payments", paying.StorePayments.as_view(), name="api_store_payments"),
    path(f"{STORE}/payments/<uuid:transaction_id>/refunds", paying.StoreRefunds.as_view(), name="api_store_refunds"),
    path("disputes", disputes_api.Disputes.as_view(), name="api_disputes"),
    path("disputes/<uuid:dispute_id>", disputes_api.DisputeDetail.as_view(), name="api_dispute"),
    path("disputes/<uuid:dispute_id>/withdrawals", disputes_api.Withdrawals.as_view(), name="api_dispute_withdrawals"),
    path(f"{STORE}/disputes", disputes_api.StoreDisputes.as_view(), name="api_store_disputes"),
    path(DISPUTE, disputes_api.StoreDispute.as_view(), name="api_store_dispute"),
    path(f"{DISPUTE}/rejections", disputes_api.Rejections.as_view(), name="api_dispute_rejections"),
    path(f"{STORE}/members", team_api.Members.as_view(), name="api_store_members"),
    path(f"{STORE}/members/<uuid:member_id>", team_api.Member.as_view(), name="api_store_member"),
    path(f"{STORE}/departures", team_api.Departures.as_view(), name="api_store_departures"),
    path(f"{STORE}/invitations", team_api.Invitations.as_view(), name="api_store_invitations"),
    path(f"{STORE}/invitations/<uuid:invitation_id>", team_api.Invitation.as_view(), name="api_store_invitation"),
    path("invitations/acceptances", team_api.Acceptances.as_view(), name="api_acceptances"),
    path(f"{STORE}/backup-owner", team_api.BackupOwner.as_view(), name="api_store_backup_owner"),
    path(f"{STORE}/claims", team_api.Claims.as_view(), name="api_store_claims"),
    path(f"{STORE}/takeovers", team_api.Takeovers.as_view(), name="api_store_takeovers"),
    path(f"{STORE}/shifts", shifts_api.Shifts.as_view(), name="api_store_shifts"),
    path(f"{STORE}/shifts/<uuid:shift_id>", shifts_api.ShiftDetail.as_view(), name="api_shift"),
    path(f"{STORE}/shifts/<uuid:shift_id>/closures", shifts_api.ShiftClosures.as_view(), name="api_shift_closures"),
    path(f"{STORE}/statistics", statistics_api.StoreStatistics.as_view(), name="api_store_statistics"),
    path(f"{STORE}/statement", statements_api.StoreStatement.as_view(), name="api_store_statement"),
    path(f"{STORE}/destinations", payouts_api.Destinations.as_view(), name="api_payout_destinations"),
    path(f"{STORE}/destinations/<uuid:destination_id>", payouts_api.Destination.as_view(), name="api_payout_destination"),
    path(f"{STORE}/payouts", payouts_api.Payouts.as_view(), name="api_payouts"),
    path(PAYOUT, payouts_api.PayoutDetail.as_view(), name="api_payout"),
    path(f"{PAYOUT}/approvals", payouts_api.Approvals.as_view(), name="api_payout_approvals"),
    path(f"{PAYOUT}/cancellations", payouts_api.PayoutCancellations.as_view(), name="api_payout_cancellations"),
    path("events", integration_api.Events.as_view(), name="api_events"),
    path(f"{STORE}/webhooks", integration_api.Endpoints.as_view(), name="api_webhooks"),
    path(WEBHOOK, integration_api.Endpoint.as_view(), name="api_webhook"),
    path(f"{WEBHOOK}/secrets", integration_api.Secrets.as_view(), name="api_webhook_secrets"),
    path(f"{WEBHOOK}/deliveries", integration_api.Deliveries.as_view(), name="api_webhook_deliveries"),
    path(f"{WEBHOOK}/deliveries/<uuid:delivery_id>/resends", integration_api.Resends.as_view(), name="api_webhook_resends"),
    path("charges/<uuid:charge_id>", charges.ChargeDetail.as_view(), name="api_charge"),
    path("charges/<uuid:charge_id>/qr.<str:kind>", charges.ChargeQR.as_view(), name="api_charge_qr"),
    path("charges/by-code/<str:code>", charges.ChargeByCode.as_view(), name="api_charge_by_code"),
    path("charges/<uuid:charge_id>/payments", paying.ChargePayments.as_view(), name="api_charge_payments"),
    path("charges/<uuid:charge_id>/cancellations", charges.ChargeCancellations.as_view(), name="api_charge_cancellations"),
]
