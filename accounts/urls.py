"""The portal's addresses about people.

The names are allauth's: its flows and mails look them up. An address that is not here does not exist.
"""

from allauth.account import views as allauth_views
from django.conf import settings
from django.urls import path, re_path

from accounts.api import consents as api_consents
from accounts.api import factors as api_factors
from accounts.api import identity as api_identity
from accounts.api import linked as api_linked
from accounts.api import links as api_links
from accounts.api import me, signing_in
from accounts.api import phone as api_phone
from accounts.api import security as api_security
from accounts.api import sessions as api_sessions
from accounts.api import stepup as api_stepup
from accounts.api import sync as api_sync
from accounts.api import ways as api_ways
from accounts.providers.sms import NONE
from accounts.views import (
    agreeing,
    consents,
    devices,
    identity,
    linked,
    links,
    phone,
    profile,
    recovery,
    second_step,
    security,
    signing_up,
    stepup,
    ways,
)

# Where nothing carries messages, the phone is no way in.
SENDS_TEXTS = settings.SMS_PROVIDER != NONE

phone_urlpatterns = [
    path("signin/phone/", phone.SignInByPhone.as_view(), name="sign_in_by_phone"),
    path("signin/phone/code/", phone.PhoneCode.as_view(), name="phone_code"),
    path("profile/phone/", phone.Phone.as_view(), name="phone"),
    path("profile/phone/code/", phone.ChangePhoneCode.as_view(), name="change_phone_code"),
    path("recover/", recovery.Recover.as_view(), name="recover"),
    path("recover/code/", recovery.RecoverCode.as_view(), name="recover_code"),
    path("recover/stop/<str:token>/", recovery.Stop.as_view(), name="stop_recovery"),
    path("profile/recovery/", recovery.BackupPhone.as_view(), name="backup_phone"),
    path("profile/recovery/code/", recovery.BackupPhoneCode.as_view(), name="backup_phone_code"),
    path("profile/recovery/remove/", recovery.RemoveBackupPhone.as_view(), name="remove_backup_phone"),
    path("profile/phone/remove/", phone.RemovePhone.as_view(), name="remove_phone"),
]

urlpatterns = [
    path("signup/", allauth_views.signup, name="account_signup"),
    path("signup/passkey/", allauth_views.signup_by_passkey, name="account_signup_by_passkey"),
    path("signup/passkey/make/", signing_up.FirstPasskey.as_view(), name="mfa_signup_webauthn"),
    path("signin/", allauth_views.login, name="account_login"),
    path("signin/ethereum/", linked.SignInByEthereum.as_view(), name="sign_in_by_ethereum"),
    path("signin/with/<slug:provider_id>/", linked.SignInWith.as_view(), name="sign_in_with"),
    path("signin/with/github/back/", linked.come_back, name="github_callback"),
    path("signin/with/<slug:provider_id>/back/", linked.come_back, name="openid_connect_callback"),
    *(phone_urlpatterns if SENDS_TEXTS else []),
    path("signin/second/", second_step.SecondStep.as_view(), name="mfa_authenticate"),
    path("signin/passkey/", linked.SignInByPasskey.as_view(), name="sign_in_by_passkey"),
    path("signout/", allauth_views.logout, name="account_logout"),
    path("suspended/", allauth_views.account_inactive, name="account_inactive"),
    path("verify/", profile.Verify.as_view(), name="account_email_verification_sent"),
    path("reset/", allauth_views.password_reset, name="account_reset_password"),
    path("reset/sent/", allauth_views.password_reset_done, name="account_reset_password_done"),
    path("reset/done/", allauth_views.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^reset/(?P<uidb36>[0-9A-Za-z]{1,40})-(?P<key>[0-9A-Za-z-]{1,120})/$",
        allauth_views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("confirm/", allauth_views.reauthenticate, name="account_reauthenticate"),
    path("confirm/factor/", second_step.ProveByFactor.as_view(), name="mfa_reauthenticate"),
    path("confirm/act/<uuid:asked_id>/", stepup.Confirm.as_view(), name="step_up"),
    path("terms/", consents.text, {"kind": "terms"}, name="terms"),
    path("privacy/", consents.text, {"kind": "privacy"}, name="privacy"),
    path("texts/<slug:kind>/<slug:version>/", consents.text, name="text"),
    path("agree/", agreeing.Agree.as_view(), name="agree"),
    path("language/", profile.choose_language, name="set_language"),
    path("profile/", profile.Profile.as_view(), name="profile"),
    path("profile/security/", security.Security.as_view(), name="security"),
    path("profile/security/app/", security.AddTotp.as_view(), name="add_totp"),
    path("profile/security/passkey/", security.AddPasskey.as_view(), name="add_passkey"),
    path("profile/security/passkey/<int:factor_id>/", security.RenamePasskey.as_view(), name="rename_passkey"),
    path("profile/security/<int:factor_id>/remove/", security.RemoveFactor.as_view(), name="remove_factor"),
    path("profile/security/codes/", security.RecoveryCodes.as_view(), name="recovery_codes"),
    path("profile/identity/", identity.Identity.as_view(), name="identity"),
    path("profile/consents/", consents.Consents.as_view(), name="consents"),
    path("profile/consents/<slug:kind>/agree/", consents.GrantConsent.as_view(), name="grant_consent"),
    path("profile/consents/<slug:kind>/withdraw/", consents.WithdrawConsent.as_view(), name="withdraw_consent"),
    path("profile/email/", profile.ChangeEmail.as_view(), name="account_email"),
    path("profile/password/", allauth_views.password_change, name="account_change_password"),
    path("profile/password/new/", profile.SetPassword.as_view(), name="account_set_password"),
    path("profile/ways/", ways.Ways.as_view(), name="ways"),
    path("profile/ways/ethereum/", ways.LinkEthereum.as_view(), name="link_ethereum"),
    path("profile/ways/with/<slug:provider_id>/", ways.LinkProvider.as_view(), name="link_provider"),
    path("profile/ways/<slug:way_id>/remove/", ways.RemoveWay.as_view(), name="remove_way"),
    path("profile/devices/", devices.Devices.as_view(), name="devices"),
    path("link/", links.OpenInApp.as_view(), name="open_in_app"),
    path("profile/devices/link/", links.MakeDeviceLink.as_view(), name="make_device_link"),
    path("profile/devices/link/<uuid:link_id>/", links.ShowDeviceLink.as_view(), name="device_link"),
    path("profile/devices/link/<uuid:link_id>/cancel/", links.CancelDeviceLink.as_view(), name="cancel_device_link"),
    path("profile/devices/<uuid:session_id>/", devices.NameDevice.as_view(), name="device"),
    path("profile/devices/<uuid:session_id>/signout/", devices.SignOutDevice.as_view(), name="sign_out_device"),
]

phone_api_urlpatterns = [
    path("auth/phone", api_phone.AskForCode.as_view(), name="api_sign_in_by_phone"),
    path("auth/phone/verify", api_phone.VerifyPhone.as_view(), name="api_verify_phone"),
    path("auth/step-up/code", api_stepup.StepUpCodes.as_view(), name="api_step_up_code"),
]

api_urlpatterns = [
    path("auth/register", signing_in.Register.as_view(), name="api_register"),
    path("auth/register/passkey", api_factors.FirstPasskey.as_view(), name="api_first_passkey"),
    path("auth/register/passkey/options", api_factors.FirstPasskeyOptions.as_view(), name="api_first_passkey_options"),
    path("auth/verify", signing_in.Verify.as_view(), name="api_verify"),
    path("auth/login", signing_in.Login.as_view(), name="api_login"),
    path("auth/ethereum", api_linked.SignInByEthereum.as_view(), name="api_sign_in_by_ethereum"),
    path("auth/ethereum/nonce", api_linked.EthereumNonce.as_view(), name="api_ethereum_nonce"),
    path("auth/provider", api_linked.SignInByProvider.as_view(), name="api_sign_in_by_provider"),
    path("auth/provider/nonce", api_linked.ProviderNonce.as_view(), name="api_provider_nonce"),
    *(phone_api_urlpatterns if SENDS_TEXTS else []),
    path("auth/second-factor", api_factors.SecondFactor.as_view(), name="api_second_factor"),
    path("auth/second-factor/options", api_factors.SecondFactorOptions.as_view(), name="api_second_factor_options"),
    path("auth/passkey", api_factors.SignInByPasskey.as_view(), name="api_sign_in_by_passkey"),
    path("auth/passkey/options", api_factors.PasskeyOptions.as_view(), name="api_passkey_options"),
    path("auth/device-link", api_links.UseDeviceLink.as_view(), name="api_device_link"),
    path("auth/device-link/open", api_links.OpenDeviceLink.as_view(), name="api_open_device_link"),
    path("auth/refresh", signing_in.Refresh.as_view(), name="api_refresh"),
    path("auth/logout", signing_in.Logout.as_view(), name="api_logout"),
    path("auth/step-up", api_stepup.StepUps.as_view(), name="api_step_up"),
    path("auth/step-up/options", api_stepup.StepUpOptions.as_view(), name="api_step_up_options"),
    path("ways", api_ways.Ways.as_view(), name="api_ways"),
    path("ways/ethereum", api_ways.LinkEthereum.as_view(), name="api_link_ethereum"),
    path("ways/provider", api_ways.LinkProvider.as_view(), name="api_link_provider"),
    path("ways/<slug:way_id>", api_ways.Way.as_view(), name="api_way"),
    path("factors", api_security.Factors.as_view(), name="api_factors"),
    path("factors/passkey", api_security.NewPasskey.as_view(), name="api_new_passkey"),
    path("factors/passkey/options", api_security.NewPasskeyOptions.as_view(), name="api_new_passkey_options"),
    path("factors/<int:factor_id>", api_security.Factor.as_view(), name="api_factor"),
    path("factors/<int:factor_id>/removal", api_security.FactorRemoval.as_view(), name="api_factor_removal"),
    path("me", me.Me.as_view(), name="api_me"),
    path("sessions", api_sessions.Sessions.as_view(), name="api_sessions"),
    path("sessions/ended", api_sessions.EndedSessions.as_view(), name="api_ended_sessions"),
    path("sessions/<uuid:session_id>", api_sessions.SessionDetail.as_view(), name="api_session"),
    path("sync/events", api_sync.SyncEvents.as_view(), name="api_sync_events"),
    path("texts", api_consents.Texts.as_view(), name="api_texts"),
    path("consents", api_consents.Consents.as_view(), name="api_consents"),
    path("consents/<slug:kind>", api_consents.ConsentDetail.as_view(), name="api_consent"),
    path("identity", api_identity.Identity.as_view(), name="api_identity"),
]
