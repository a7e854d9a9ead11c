"""Ten thousand people with a wallet each, and one store, as rows whose identifiers a pgbench script can count to."""

from django.db import connection

from accounts.legal import edition

PEOPLE = 10_000
FIRST = 100_000_000_001  # the last twelve digits of the first person's and wallet's identifiers
STORE = "20000000-0000-7000-8000-100000000000"
EXTERNAL = "30000000-0000-7000-8000-100000000000"
RICH = 1_000_000_000_00

PERSON_ID = "('00000000-0000-7000-8000-' || n)::uuid"
WALLET_ID = "('10000000-0000-7000-8000-' || n)::uuid"
PEOPLE_SQL = f"""
insert into accounts_user
    (id, created_at, updated_at, email, password, is_superuser, name, avatar, status, language, timezone, is_staff,
     agreed_edition)
select {PERSON_ID}, now(), now(), 'p' || n || '@bench.example', '!', false, 'Person ' || n, '', 'active', 'en', 'UTC', false,
       '{edition()}'
  from generate_series(%s::bigint, %s::bigint) n
"""
WALLET_COLUMNS = (
    "id, created_at, updated_at, kind, user_id, name, address, asset_id, balance, buffered, may_overdraw, opening_balance,"
    " is_primary, status, auth_server, resource_server"
)
WALLETS_SQL = f"""
insert into payments_wallet ({WALLET_COLUMNS})
select {WALLET_ID}, now(), now(), 'personal', {PERSON_ID}, 'Main', 'w' || n, 'EUR', 0, false, false, 0, true, 'active', '', ''
  from generate_series(%s::bigint, %s::bigint) n
"""
SHARED_SQL = f"""
insert into payments_wallet ({WALLET_COLUMNS}) values
    ('{STORE}', now(), now(), 'store', null, 'Busy store', 'store', 'EUR', 0, true, false, 0, false, 'active', '', ''),
    ('{EXTERNAL}', now(), now(), 'system', null, 'external:bench:EUR', 'out', 'EUR', 0, true, true, 0, false, 'active', '', '')
"""
FUND_SQL = f"""
select ledger_post(
    uuidv7(), 'deposit', 'ledger', 'completed', null, '{EXTERNAL}', (array_agg({WALLET_ID} order by n))[1], {RICH}, 'EUR', null,
    array['FUNDED'], null, '', '{{}}', now(),
    array_agg({WALLET_ID} order by n) || '{EXTERNAL}'::uuid,
    array_agg({RICH}::bigint) || (-{RICH}::bigint * count(*)),
    array_agg(false) || true
  )
  from generate_series(%s::bigint, %s::bigint) n
"""


def fill() -> None:
    """Make them, and give each a million euros."""
    ends = [FIRST, FIRST + PEOPLE - 1]
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE_SQL, ends)
        cursor.execute(WALLETS_SQL, ends)
        cursor.execute(SHARED_SQL)
        cursor.execute(FUND_SQL, ends)
