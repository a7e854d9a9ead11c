"""Addresses about stores, tills and paying there."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from merchants import api
from merchants.models import CHARGE_CODE_LENGTH, STORE_CODE_LENGTH
from merchants.views import pay, stores, till


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
CHARGE = f"{STORE}/till/<uuid:charge_id>"

urlpatterns = [
    path("pay/", pay.EnterCode.as_view(), name="pay"),
    # Without a slash at the end: these stand in QR codes, where each character costs.
    path("pay/<store_code:code>", pay.PayStore.as_view(), name="pay_store"),
    path("pay/<charge_code:code>", pay.PayCharge.as_view(), name="pay_charge"),
    path("pay/<store_code:code>/<uuid:draft_id>/", pay.PayStoreReview.as_view(), name="pay_store_review"),
    path("pay/<charge_code:code>/<uuid:draft_id>/", pay.PayChargeReview.as_view(), name="pay_charge_review"),
    path("pay/<str:code>", pay.EnterCode.as_view(), name="pay_mistyped"),
    path("stores/", stores.Stores.as_view(), name="stores"),
    path("stores/new/", stores.OpenStore.as_view(), name="store_open"),
    path(f"{STORE}/", stores.StoreHome.as_view(), name="store"),
    path(f"{STORE}/poster/", stores.Poster.as_view(), name="store_poster"),
    path(f"{STORE}/qr.<str:kind>", stores.StoreQR.as_view(), name="store_qr"),
    path(f"{STORE}/payments/", stores.StorePayments.as_view(), name="store_payments"),
    path(f"{PAYMENT}/", stores.PaymentPage.as_view(), name="store_payment"),
    path(f"{PAYMENT}/refund/", stores.StoreRefund.as_view(), name="store_refund"),
    path(f"{PAYMENT}/refund/<uuid:draft_id>/", stores.StoreRefundReview.as_view(), name="store_refund_review"),
    path(f"{STORE}/till/", till.Till.as_view(), name="till"),
    path(f"{CHARGE}/", till.TillCharge.as_view(), name="till_charge"),
    path(f"{CHARGE}/cancel/", till.CancelCharge.as_view(), name="till_cancel"),
    path(f"{CHARGE}/qr.<str:kind>", till.ChargeQR.as_view(), name="till_qr"),
]

api_urlpatterns = [
    path("stores", api.Stores.as_view(), name="api_stores"),
    path("stores/<uuid:store_id>", api.StoreDetail.as_view(), name="api_store"),
    path("stores/by-code/<str:code>", api.StoreByCode.as_view(), name="api_store_by_code"),
    path("stores/<uuid:store_id>/qr.<str:kind>", api.StoreQR.as_view(), name="api_store_qr"),
    path("stores/<uuid:store_id>/charges", api.StoreCharges.as_view(), name="api_store_charges"),
    path("stores/<uuid:store_id>/payments", api.StorePayments.as_view(), name="api_store_payments"),
    path("stores/<uuid:store_id>/payments/<uuid:transaction_id>/refunds", api.StoreRefunds.as_view(), name="api_store_refunds"),
    path("charges/<uuid:charge_id>", api.ChargeDetail.as_view(), name="api_charge"),
    path("charges/<uuid:charge_id>/qr.<str:kind>", api.ChargeQR.as_view(), name="api_charge_qr"),
    path("charges/by-code/<str:code>", api.ChargeByCode.as_view(), name="api_charge_by_code"),
    path("charges/<uuid:charge_id>/payments", api.ChargePayments.as_view(), name="api_charge_payments"),
    path("charges/<uuid:charge_id>/cancellations", api.ChargeCancellations.as_view(), name="api_charge_cancellations"),
]
