-- The ledger: the only code that writes transactions, postings and balances.
--
-- ledger_post    records a transaction and moves its legs, in one round trip
-- ledger_settle  ends a pending transaction, with the legs that end it
-- ledger_fold    adds the inflow of buffered wallets to their balances
--
-- The functions run with the owner's rights; the application's role may execute them and read, no more.
-- Refusals are raised as SQLSTATE FL001 with the problem's code as message (payments/ledger.py maps them).
-- Locks are taken in one order, whatever the caller's: transaction row first, then wallets by id.
-- While a function runs, florin.ledger is 'on' and the deferred checks at the end of this file, which
-- guard everybody else's writes, are not queued: the functions keep the same rules themselves.

create function ledger_fold_wallet(p_wallet uuid, p_limit integer) returns integer
language plpgsql as $$
declare
    v_folded integer;
begin
    -- The caller holds the wallet's row lock, so nobody else deletes these rows.
    with gone as (
        delete from payments_inflow
         where posting_id in (select posting_id from payments_inflow where wallet_id = p_wallet order by posting_id limit p_limit)
        returning amount
    ), total as (
        select count(*)::integer as folded, coalesce(sum(amount), 0)::bigint as amount from gone
    ), folded as (
        update payments_wallet w
           set balance = w.balance + total.amount, updated_at = clock_timestamp()
          from total
         where w.id = p_wallet and total.folded > 0
    )
    select folded into v_folded from total;
    return v_folded;
end $$;


-- Moves the legs of one transaction. p_wallets is ascending, so that everybody locks in the same order;
-- amounts are signed minor units. p_waits says which legs go to the inflow: those of buffered wallets, but for
-- the debits of a store. The caller knows, so each leg is one statement; a wrong word finds no row and is refused.
create function ledger_move(p_transaction uuid, p_now timestamptz, p_wallets uuid[], p_amounts bigint[], p_waits boolean[]) returns void
language plpgsql as $$
declare
    v_wallet uuid;
    v_amount bigint;
    v_asset text;
    v_assets text[] := '{}';
    v_balance bigint;
    v_balances bigint[] := '{}';
    v_waiting uuid[] := '{}';  -- the wallets whose leg goes to the inflow
    v_total bigint := 0;
begin
    for v_leg in 1 .. cardinality(p_wallets) loop
        if v_wallet >= p_wallets[v_leg] then
            raise exception using errcode = 'FL001', message = 'legs_not_ascending';
        end if;
        v_wallet := p_wallets[v_leg];
        v_amount := p_amounts[v_leg];
        v_total := v_total + v_amount;
        v_balance := null;
        if p_waits[v_leg] then
            select asset_id into v_asset from payments_wallet
             where id = v_wallet
               and buffered and (v_amount > 0 or may_overdraw)
               and (status = 'active' or status = 'frozen' and v_amount > 0);
            v_waiting := v_waiting || v_wallet;
        else
            update payments_wallet
               set balance = balance + v_amount, last_used_at = p_now, updated_at = p_now
             where id = v_wallet
               and not (buffered and (v_amount > 0 or may_overdraw))
               and (status = 'active' or status = 'frozen' and v_amount > 0)
               and (v_amount > 0 or balance + v_amount >= 0)
            returning asset_id, case when not buffered then balance end into v_asset, v_balance;
        end if;
        if not found then
            v_asset := ledger_debit_store(v_wallet, v_amount, p_waits[v_leg], p_now);
        end if;
        v_assets := v_assets || v_asset;
        v_balances := v_balances || v_balance;
    end loop;
    if v_total <> 0 and v_assets[1] = all (v_assets) or v_assets[1] <> any (v_assets) and exists (
        select from unnest(v_assets, p_amounts) as l (asset, amount) group by l.asset having sum(l.amount) <> 0
    ) then
        raise exception using errcode = 'FL001', message = 'unbalanced';
    end if;

    with posted as (
        insert into payments_posting (transaction_id, wallet_id, amount, balance_after, created_at)
        select p_transaction, l.wallet_id, l.amount, l.balance, p_now
          from unnest(p_wallets, p_amounts, v_balances) as l (wallet_id, amount, balance)
        returning id, wallet_id, amount
    )
    insert into payments_inflow (posting_id, wallet_id, amount)
    select id, wallet_id, amount from posted where wallet_id = any (v_waiting);
end $$;


-- The leg that did not pass at once: a store debited for more than its settled balance folds its inflow and
-- tries again; everything else is refused with its reason. Answers the wallet's asset.
create function ledger_debit_store(p_wallet uuid, p_amount bigint, p_waits boolean, p_now timestamptz) returns text
language plpgsql as $$
declare
    v_wallet record;
begin
    select w.asset_id, w.status, w.buffered, w.may_overdraw into v_wallet
      from payments_wallet w where w.id = p_wallet for no key update;
    if not found or p_waits <> (v_wallet.buffered and (p_amount > 0 or v_wallet.may_overdraw)) then
        raise exception using errcode = 'FL001', message = 'wallet_unknown';
    end if;
    if v_wallet.status = 'closed' or v_wallet.status = 'frozen' and p_amount < 0 then
        raise exception using errcode = 'FL001', message = 'wallet_' || v_wallet.status;
    end if;
    if v_wallet.buffered and ledger_fold_wallet(p_wallet, null) > 0 then
        update payments_wallet set balance = balance + p_amount, last_used_at = p_now, updated_at = p_now
         where id = p_wallet and balance + p_amount >= 0;
        if found then
            return v_wallet.asset_id;
        end if;
    end if;
    raise exception using errcode = 'FL001', message = 'insufficient_funds';
end $$;


-- Records a transaction and moves its legs. A pending transaction may have none yet (a deposit that a
-- provider has not confirmed) or put money on hold. p_codes are confirmation codes to choose from:
-- the first that the payee has not had that day. Answers the chosen code.
create function ledger_post(
    p_id uuid, p_kind text, p_rail text, p_status text, p_initiated_by uuid, p_payer uuid, p_payee uuid,
    p_amount bigint, p_asset text, p_refund_of uuid, p_codes text[], p_key text, p_notes text, p_metadata jsonb,
    p_now timestamptz, p_wallets uuid[], p_amounts bigint[], p_waits boolean[]
) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_code text;
begin
    perform set_config('florin.ledger', 'on', true);
    if p_refund_of is not null then
        perform ledger_check_refund(p_refund_of, p_amount, p_asset);
    end if;

    foreach v_code in array p_codes loop
        insert into payments_transaction (
            id, created_at, updated_at, kind, rail, status, initiated_by_id, payer_wallet_id, payee_wallet_id, amount, asset_id,
            refund_of_id, confirmation_code, idempotency_key, error_code, error_message, notes, metadata, completed_at
        ) values (
            p_id, p_now, p_now, p_kind, p_rail, p_status, p_initiated_by, p_payer, p_payee, p_amount, p_asset,
            p_refund_of, v_code, p_key, '', '', p_notes, p_metadata, case when p_status = 'completed' then p_now end
        )
        on conflict (payee_wallet_id, confirmation_code, ((created_at at time zone 'UTC')::date)) where kind = 'payment'
        do nothing;
        exit when found;
    end loop;
    if cardinality(p_wallets) > 0 then
        perform ledger_move(p_id, p_now, p_wallets, p_amounts, p_waits);
    end if;
    if not (p_payer = any (p_wallets) and p_payee = any (p_wallets)) then
        if p_status <> 'pending' then
            raise exception using errcode = 'FL001', message = 'unbalanced';
        end if;
        perform ledger_check_names(p_id, p_payer, p_payee, p_asset);
    end if;
    perform set_config('florin.ledger', '', true);
    return v_code;
end $$;


-- A refund is of a completed transaction in its asset, and all refunds together never exceed it. The row
-- lock makes refunds of one transaction queue.
create function ledger_check_refund(p_original uuid, p_amount bigint, p_asset text) returns void
language plpgsql as $$
declare
    v_original record;
    v_refunded numeric;
begin
    select t.status, t.kind, t.asset_id, t.amount into v_original
      from payments_transaction t where t.id = p_original for no key update;
    if v_original.status is distinct from 'completed' or v_original.kind = 'refund' or v_original.asset_id <> p_asset then
        raise exception using errcode = 'FL001', message = 'not_refundable';
    end if;
    select coalesce(sum(t.amount), 0) into v_refunded
      from payments_transaction t where t.refund_of_id = p_original and t.status in ('pending', 'completed');
    if v_refunded + p_amount > v_original.amount then
        raise exception using errcode = 'FL001', message = 'refund_exceeds_payment',
              detail = (v_original.amount - v_refunded)::text;
    end if;
end $$;


-- Ends a pending transaction as completed, failed or cancelled, with the legs that end it, and leaves
-- nothing of it on hold. p_amount lowers the amount when a hold is captured for less.
create function ledger_settle(
    p_id uuid, p_status text, p_amount bigint, p_error_code text, p_error_message text, p_metadata jsonb,
    p_now timestamptz, p_wallets uuid[], p_amounts bigint[], p_waits boolean[]
) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_transaction record;
begin
    perform set_config('florin.ledger', 'on', true);
    select t.status, t.amount into v_transaction from payments_transaction t where t.id = p_id for no key update;
    if v_transaction.status is distinct from 'pending' or p_status = 'pending' then
        raise exception using errcode = 'FL001', message = 'already_settled', detail = coalesce(v_transaction.status, '');
    end if;
    if p_amount > v_transaction.amount then
        raise exception using errcode = 'FL001', message = 'capture_exceeds_hold', detail = v_transaction.amount::text;
    end if;
    if cardinality(p_wallets) > 0 then
        perform ledger_move(p_id, p_now, p_wallets, p_amounts, p_waits);
    end if;
    if p_status = 'completed' and not exists (select from payments_posting p where p.transaction_id = p_id) then
        raise exception using errcode = 'FL001', message = 'unbalanced';
    end if;
    if exists (
        select from payments_posting p join payments_wallet w on w.id = p.wallet_id
         where p.transaction_id = p_id and w.kind = 'system' and w.name like 'platform:holds:%'
         having sum(p.amount) <> 0
    ) then
        raise exception using errcode = 'FL001', message = 'hold_left_over';
    end if;
    update payments_transaction
       set status = p_status, amount = p_amount, error_code = p_error_code, error_message = p_error_message,
           metadata = metadata || p_metadata, updated_at = clock_timestamp(),
           completed_at = case when p_status = 'completed' then p_now end
     where id = p_id;
    perform set_config('florin.ledger', '', true);
end $$;


-- Adds waiting inflow to the balances of buffered wallets, up to p_limit rows a wallet; wallets that are
-- locked right now wait for the next run. Answers how many rows it folded.
create function ledger_fold(p_limit integer) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_wallet uuid;
    v_folded integer := 0;
begin
    perform set_config('florin.ledger', 'on', true);
    for v_wallet in
        select w.id from payments_wallet w
         where w.buffered and exists (select from payments_inflow i where i.wallet_id = w.id)
         order by w.id for no key update skip locked
    loop
        v_folded := v_folded + ledger_fold_wallet(v_wallet, p_limit);
    end loop;
    perform set_config('florin.ledger', '', true);
    return v_folded;
end $$;


-- Transactions and postings have no foreign keys to wallets, assets and each other: the functions have just
-- locked or read those rows, which are never deleted, and the keys' own locks on the row of a busy store or
-- of an asset made all payers queue. The rules again, for whoever writes without the functions (a fixture loaded by the owner, a repair):
-- checked at commit, so that rows may arrive in any order.

create function ledger_check_transaction() returns trigger
language plpgsql as $$
begin
    perform ledger_check_names(new.id, new.payer_wallet_id, new.payee_wallet_id, new.asset_id);
    return null;
end $$;

create function ledger_check_names(p_id uuid, p_payer uuid, p_payee uuid, p_asset text) returns void
language plpgsql as $$
begin
    if not exists (select from payments_wallet where id = p_payer) or not exists (select from payments_wallet where id = p_payee)
       or not exists (select from payments_asset where code = p_asset)
    then
        raise exception using errcode = 'foreign_key_violation', constraint = 'transaction_names_wallets_and_asset',
              message = format('transaction %s names a wallet or an asset that does not exist', p_id);
    end if;
end $$;

create function ledger_check_posting() returns trigger
language plpgsql as $$
begin
    if not exists (select from payments_transaction t where t.id = new.transaction_id) then
        raise exception using errcode = 'foreign_key_violation', constraint = 'posting_names_transaction',
              message = format('posting %s belongs to no transaction', new.id);
    end if;
    if exists (
        select from payments_posting p join payments_wallet w on w.id = p.wallet_id
         where p.transaction_id = new.transaction_id group by w.asset_id having sum(p.amount) <> 0
    ) then
        raise exception using errcode = 'check_violation', constraint = 'posting_sums_to_zero',
              message = format('the postings of transaction %s do not sum to zero', new.transaction_id);
    end if;
    perform ledger_check_balance(new.wallet_id);
    return null;
end $$;

create function ledger_check_wallet() returns trigger
language plpgsql as $$
begin
    perform ledger_check_balance(new.id);
    return null;
end $$;

create function ledger_check_balance(p_wallet uuid) returns void
language plpgsql as $$
declare
    v_postings numeric;
    v_held numeric;
begin
    select coalesce(sum(amount), 0) into v_postings from payments_posting where wallet_id = p_wallet;
    select w.balance + coalesce((select sum(amount) from payments_inflow where wallet_id = p_wallet), 0) into v_held
      from payments_wallet w where w.id = p_wallet;
    if v_held is distinct from v_postings then
        raise exception using errcode = 'check_violation', constraint = 'wallet_balance_is_its_postings',
              message = format('wallet %s holds %s but its postings sum to %s', p_wallet, v_held, v_postings);
    end if;
end $$;

create constraint trigger transaction_names_wallets_and_asset
    after insert on payments_transaction deferrable initially deferred for each row
    when (current_setting('florin.ledger', true) is distinct from 'on')
    execute function ledger_check_transaction();

create constraint trigger posting_balances
    after insert on payments_posting deferrable initially deferred for each row
    when (current_setting('florin.ledger', true) is distinct from 'on')
    execute function ledger_check_posting();

create constraint trigger wallet_balances
    after insert or update of balance on payments_wallet deferrable initially deferred for each row
    when (current_setting('florin.ledger', true) is distinct from 'on')
    execute function ledger_check_wallet();


-- A new wallet starts at zero, but for the owner's fixtures.
create function ledger_refuse_made_money() returns trigger
language plpgsql as $$
begin
    if not pg_has_role(current_user, (select relowner from pg_class where oid = tg_relid), 'member') then
        raise exception using errcode = 'insufficient_privilege', message = 'a wallet opens at zero; only the ledger changes balances';
    end if;
    return new;
end $$;

create trigger wallet_opens_at_zero
    before insert on payments_wallet for each row when (new.balance <> 0)
    execute function ledger_refuse_made_money();


-- What a transaction says never changes; a pending one is settled once.
create function ledger_refuse_rewrite() returns trigger
language plpgsql as $$
begin
    raise exception using errcode = 'restrict_violation', message = 'a transaction''s facts never change and it settles once';
end $$;

create trigger transaction_facts_stay
    before update on payments_transaction for each row
    when (
        old.status <> 'pending'
        or (old.id, old.created_at, old.kind, old.rail, old.initiated_by_id, old.payer_wallet_id, old.payee_wallet_id, old.asset_id,
            old.refund_of_id, old.confirmation_code, old.idempotency_key)
           is distinct from
           (new.id, new.created_at, new.kind, new.rail, new.initiated_by_id, new.payer_wallet_id, new.payee_wallet_id, new.asset_id,
            new.refund_of_id, new.confirmation_code, new.idempotency_key)
        or new.amount > old.amount
    )
    execute function ledger_refuse_rewrite();


-- A payee sees each confirmation code once a day.
create unique index transaction_code_once_a_day
    on payments_transaction (payee_wallet_id, confirmation_code, ((created_at at time zone 'UTC')::date))
    where kind = 'payment';

-- Balances change in place: room on each page keeps those updates out of the indexes (heap-only tuples).
alter table payments_wallet set (fillfactor = 70);
