"""Who may ask which address about people."""

from accounts.legal import edition, text_in_force
from accounts.models import Consent
from tests.access.policy import (
    EVERYBODY,
    KEY_HOLDERS,
    NOBODY,
    OWNER,
    OWNER_FORBIDDEN,
    OWNER_NAMED,
    PEOPLE,
    RITA,
    WITHOUT_FACTORS,
    Audience,
    Named,
    Outcome,
    Table,
    delete,
    get,
    patch,
    post,
    put,
)
from tests.access.world import NEW_PHONE
from tests.accounts.ethereum import WALLET
from tests.factories import PASSWORD
from tests.people import PAYLOAD

NEW_PASSWORD = "kestrel orbit moss lantern"
BRUNO = "bruno@example.com"
NEWS = text_in_force(Consent.Kind.MARKETING).version
SYNC_EVENT = {"event_id": "01970f4e-58a2-7c11-9d3f-0f4bb1a9f001", "event_type": "notes.pushed", "event_source": "ios"}
NOBODY_SIGNED_IN = Audience(frozenset())  # no provider is configured here
NOBODY_WHO_MADE_IT = Audience(frozenset(), others=Outcome.REFUSED)  # a passkey of no device

PAGES: Table = {
    "account_signup": [get(EVERYBODY), post(EVERYBODY, body=lambda _: {"email": "zoe@example.com", "password1": NEW_PASSWORD})],
    "account_signup_by_passkey": [get(EVERYBODY), post(EVERYBODY, body=lambda _: {"email": "zoe@example.com"})],
    # Nobody stands at the end of a sign-up here: it leads to its beginning, and who is in already home.
    "mfa_signup_webauthn": [get(EVERYBODY), post(EVERYBODY, body=lambda _: {"token": "a", "credential": "{}"})],
    "account_login": [get(EVERYBODY), post(EVERYBODY, body=lambda _: {"login": BRUNO, "password": PASSWORD})],
    "sign_in_by_ethereum": [post(EVERYBODY, body=lambda world: world.signed_message)],
    # Nobody stands in the middle of a sign-in here; who is in already is led home.
    "mfa_authenticate": [get(PEOPLE), post(PEOPLE, body=lambda _: {"code": "123456"})],
    "sign_in_by_passkey": [post(KEY_HOLDERS, body=lambda _: {"token": "a", "credential": "{}"})],
    # No provider is configured here; tests/accounts/test_issuers.py has some.
    "sign_in_with": [post(NOBODY, at=lambda _: {"provider_id": "neon"})],
    "openid_connect_callback": [get(NOBODY, at=lambda _: {"provider_id": "neon"})],
    "github_callback": [get(NOBODY)],
    "sign_in_by_phone": [get(EVERYBODY), post(EVERYBODY, body=lambda _: {"phone": "+351912345678"})],
    # Without a code that was sent to this browser it leads back.
    "phone_code": [get(EVERYBODY), post(EVERYBODY, body=lambda _: {"code": "123456"})],
    "recover": [get(EVERYBODY), post(EVERYBODY, body=lambda _: {"phone": "+351912345678"})],
    "recover_code": [get(EVERYBODY), post(EVERYBODY, body=lambda _: {"code": "123456"})],
    # Whoever holds the notice's link stops the claim, whoever they are.
    "stop_recovery": [
        get(EVERYBODY, at=lambda world: {"token": world.stop_token}),
        post(EVERYBODY, at=lambda world: {"token": world.stop_token}),
    ],
    "account_logout": [get(EVERYBODY), post(EVERYBODY)],
    "account_inactive": [get(EVERYBODY)],
    "account_email_verification_sent": [get(PEOPLE), post(PEOPLE, body=lambda _: {"code": "123456"})],
    "account_reset_password": [get(EVERYBODY), post(EVERYBODY, body=lambda _: {"email": BRUNO})],
    "account_reset_password_done": [get(EVERYBODY)],
    "account_reset_password_from_key": [get(EVERYBODY, at=lambda _: {"uidb36": "1", "key": "abc-def"})],
    "account_reset_password_from_key_done": [get(EVERYBODY)],
    "account_reauthenticate": [get(PEOPLE), post(PEOPLE, body=lambda _: {"password": PASSWORD})],
    "mfa_reauthenticate": [get(PEOPLE), post(WITHOUT_FACTORS, body=lambda _: {"code": ""})],
    "step_up": [
        get(OWNER_NAMED, at=lambda world: {"asked_id": world.step_up}),
        post(OWNER_NAMED, at=lambda world: {"asked_id": world.step_up}, body=lambda _: {"password": PASSWORD}),
    ],
    "terms": [get(EVERYBODY)],
    "privacy": [get(EVERYBODY)],
    "text": [get(EVERYBODY, at=lambda _: {"kind": "terms", "version": edition()})],
    "set_language": [post(EVERYBODY, body=lambda _: {"language": "es"})],
    "profile": [get(PEOPLE), post(PEOPLE, body=lambda _: {"name": "Else", "language": "en", "timezone": "UTC"})],
    "security": [get(PEOPLE)],
    "add_totp": [get(PEOPLE), post(PEOPLE, body=lambda _: {"code": "123456"})],
    "add_passkey": [get(PEOPLE), post(PEOPLE, body=lambda _: {"token": "a", "credential": "{}", "name": "Phone"})],
    "rename_passkey": [
        get(RITA, at=lambda world: {"factor_id": world.passkey.pk}),
        post(RITA, at=lambda world: {"factor_id": world.passkey.pk}, body=lambda _: {"name": "Phone"}),
    ],
    "remove_factor": [
        get(RITA, at=lambda world: {"factor_id": world.passkey.pk}),
        post(RITA, at=lambda world: {"factor_id": world.passkey.pk}, body=lambda _: {"password": PASSWORD}),
    ],
    "recovery_codes": [get(RITA), post(RITA)],
    "identity": [get(PEOPLE), post(PEOPLE, body=lambda _: PAYLOAD)],
    "agree": [get(PEOPLE), post(PEOPLE, body=lambda _: {"action": "later"})],
    "consents": [get(PEOPLE)],
    "grant_consent": [post(PEOPLE, at=lambda _: {"kind": "marketing"}, body=lambda _: {"version": NEWS})],
    "withdraw_consent": [post(PEOPLE, at=lambda _: {"kind": "marketing"})],
    "account_email": [get(PEOPLE), post(PEOPLE, body=lambda _: {"email": "new@example.com", "action_add": ""})],
    "phone": [get(PEOPLE), post(PEOPLE, body=lambda _: {"phone": NEW_PHONE})],
    "change_phone_code": [get(PEOPLE), post(PEOPLE, body=lambda _: {"code": "123456"})],
    "remove_phone": [post(PEOPLE)],
    "backup_phone": [get(PEOPLE), post(PEOPLE, body=lambda _: {"phone": NEW_PHONE})],
    "backup_phone_code": [get(PEOPLE), post(PEOPLE, body=lambda _: {"code": "123456"})],
    "remove_backup_phone": [post(PEOPLE)],
    "account_change_password": [
        get(PEOPLE),
        post(PEOPLE, body=lambda _: {"oldpassword": PASSWORD, "password1": NEW_PASSWORD}),
    ],
    "account_set_password": [get(PEOPLE), post(PEOPLE, body=lambda _: {"password1": NEW_PASSWORD})],
    "ways": [get(PEOPLE)],
    "link_ethereum": [get(PEOPLE), post(PEOPLE, body=lambda world: world.signed_message)],
    "link_provider": [post(NOBODY_SIGNED_IN, at=lambda _: {"provider_id": "neon"})],
    "remove_way": [post(OWNER, at=lambda world: {"way_id": Named(world.linked_way)})],
    "devices": [get(PEOPLE), post(PEOPLE)],
    "open_in_app": [get(EVERYBODY)],
    "make_device_link": [get(PEOPLE), post(PEOPLE)],
    "device_link": [get(OWNER, at=lambda world: {"link_id": world.device_link.pk})],
    "cancel_device_link": [post(OWNER, at=lambda world: {"link_id": world.device_link.pk})],
    "device": [
        get(OWNER, at=lambda world: {"session_id": world.other_device.pk}),
        post(OWNER, at=lambda world: {"session_id": world.other_device.pk}, body=lambda _: {"name": "The tablet"}),
    ],
    "sign_out_device": [post(OWNER, at=lambda world: {"session_id": world.other_device.pk})],
}

API: Table = {
    "api_register": [post(EVERYBODY, body=lambda _: {"email": "zoe@example.com", "password": NEW_PASSWORD})],
    "api_first_passkey": [
        post(KEY_HOLDERS, body=lambda _: {"session_token": "a" * 32, "token": "a", "credential": {}}),
    ],
    "api_first_passkey_options": [post(KEY_HOLDERS, body=lambda _: {"session_token": "a" * 32})],
    "api_verify": [post(KEY_HOLDERS, body=lambda _: {"session_token": "a" * 32, "code": "123456"})],
    "api_login": [post(EVERYBODY, body=lambda _: {"email": BRUNO, "password": PASSWORD})],
    # Whoever holds the wallet's key is its owner, whose account it opens.
    "api_sign_in_by_ethereum": [post(EVERYBODY, body=lambda world: world.signed_message)],
    "api_ethereum_nonce": [post(EVERYBODY, body=lambda _: {"address": WALLET.address, "chain_id": 1})],
    "api_second_factor": [post(KEY_HOLDERS, body=lambda _: {"session_token": "a" * 32, "code": "123456"})],
    "api_second_factor_options": [post(KEY_HOLDERS, body=lambda _: {"session_token": "a" * 32})],
    "api_sign_in_by_passkey": [post(KEY_HOLDERS, body=lambda _: {"token": "a", "credential": {}})],
    "api_passkey_options": [post(EVERYBODY, body=lambda _: {})],
    "api_provider_nonce": [post(NOBODY, body=lambda _: {"provider": "neon"})],
    "api_sign_in_by_provider": [post(NOBODY, body=lambda _: {"provider": "neon", "id_token": "a.b.c"})],
    "api_sign_in_by_phone": [post(EVERYBODY, body=lambda _: {"phone": "+351912345678"})],
    "api_verify_phone": [post(KEY_HOLDERS, body=lambda _: {"session_token": "a" * 32, "code": "123456"})],
    # Whoever has the token of bruno's code is bruno.
    "api_open_device_link": [post(EVERYBODY, body=lambda world: {"token": world.link_token})],
    "api_device_link": [post(EVERYBODY, body=lambda world: {"token": world.link_token})],
    # Whoever holds bruno's refresh token is bruno.
    "api_refresh": [post(EVERYBODY, body=lambda world: {"refresh_token": world.refresh_token})],
    "api_logout": [post(EVERYBODY, body=lambda world: {"refresh_token": world.refresh_token})],
    "api_step_up": [
        post(
            OWNER_NAMED,
            body=lambda world: {"challenge": Named(world.challenge), "method": "password", "password": PASSWORD},
        )
    ],
    # Whoever has a password is confirmed by that.
    "api_step_up_options": [post(OWNER_FORBIDDEN, body=lambda world: {"challenge": Named(world.challenge)})],
    "api_step_up_code": [post(OWNER_FORBIDDEN, body=lambda world: {"challenge": Named(world.challenge)})],
    "api_sessions": [get(PEOPLE), delete(PEOPLE)],
    "api_ended_sessions": [get(PEOPLE)],
    "api_session": [
        patch(OWNER, at=lambda world: {"session_id": world.other_device.pk}, body=lambda _: {"device_name": "The tablet"}),
        delete(OWNER, at=lambda world: {"session_id": world.other_device.pk}),
    ],
    "api_sync_events": [get(PEOPLE), post(PEOPLE, body=lambda _: {"events": [SYNC_EVENT]})],
    "api_texts": [get(EVERYBODY)],
    "api_consents": [get(PEOPLE), post(PEOPLE, body=lambda _: {"kind": "marketing", "text_version": NEWS})],
    "api_consent": [delete(PEOPLE, at=lambda _: {"kind": "marketing"})],
    "api_identity": [get(PEOPLE), put(PEOPLE, body=lambda _: PAYLOAD)],
    "api_ways": [get(PEOPLE)],
    "api_link_ethereum": [post(PEOPLE, body=lambda world: world.signed_message)],
    "api_link_provider": [post(NOBODY_SIGNED_IN, body=lambda _: {"provider": "neon", "id_token": "a.b.c"})],
    "api_factors": [get(PEOPLE)],
    "api_new_passkey_options": [post(PEOPLE, body=lambda _: {})],
    "api_new_passkey": [post(NOBODY_WHO_MADE_IT, body=lambda _: {"token": "a", "credential": {}, "name": "Phone"})],
    "api_factor": [patch(RITA, at=lambda world: {"factor_id": world.passkey.pk}, body=lambda _: {"name": "Phone"})],
    "api_factor_removal": [
        post(RITA, at=lambda world: {"factor_id": world.passkey.pk}, body=lambda _: {"password": PASSWORD}),
    ],
    "api_way": [delete(OWNER, at=lambda world: {"way_id": Named(world.linked_way)})],
    "api_me": [get(PEOPLE), patch(PEOPLE, body=lambda _: {"name": "Somebody Else"})],
}
