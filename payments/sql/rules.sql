-- The ledger's rules for whoever writes without its functions: a fixture loaded by the owner, a repair.
--
-- Transactions and postings have no foreign keys to wallets, assets, people and each other: the functions of
-- ledger.sql have just locked or read those rows, which are never deleted, and the keys' own locks on the row of
-- a busy store or of an asset made all payers queue. So what those keys say is checked here, with everything
-- else the functions see to: at commit, so that rows may arrive in any order.
--
-- Trigger functions run with the owner's rights and a fixed search path, so that no temporary table of the
-- application's role takes a real one's place.

-- The names of a transaction, its refunds and, once it has ended, its postings.
create function ledger.check_transaction(p_transaction uuid) returns void
language plpgsql as $$
declare
    v_transaction payments_transaction;
begin
    select * into v_transaction from payments_transaction where id = p_transaction;
    if v_transaction.payer_wallet_id = v_transaction.payee_wallet_id
       or not exists (select from payments_wallet where id = v_transaction.payer_wallet_id and asset_id = v_transaction.asset_id)
       or not exists (select from payments_wallet where id = v_transaction.payee_wallet_id)
       or v_transaction.initiated_by_id is not null
          and not exists (select from accounts_user where id = v_transaction.initiated_by_id)
    then
        raise exception using errcode = 'foreign_key_violation', constraint = 'transaction_names_exist',
              message = format('transaction %s names a wallet, an asset or a person that does not fit', p_transaction);
    end if;
    if (v_transaction.kind = 'refund') <> (v_transaction.refund_of_id is not null) then
        raise exception using errcode = 'check_violation', constraint = 'transaction_refund_names_original',
              message = format('transaction %s is a refund without an original, or the other way round', p_transaction);
    end if;
    if v_transaction.refund_of_id is not null and not exists (
        select from payments_transaction o
         where o.id = v_transaction.refund_of_id and o.status = 'completed' and o.kind <> 'refund'
           and (o.asset_id, o.payee_wallet_id, o.payer_wallet_id)
               = (v_transaction.asset_id, v_transaction.payer_wallet_id, v_transaction.payee_wallet_id)
           and o.amount >= (select sum(r.amount) from payments_transaction r
                             where r.refund_of_id = o.id and r.status in ('pending', 'completed'))
    ) then
        raise exception using errcode = 'check_violation', constraint = 'transaction_refunds_within_original',
              message = format('refund %s, or all refunds together, do not fit what they refund', p_transaction);
    end if;
    perform ledger.check_end(p_transaction);
end $$;

create function ledger.check_balance(p_wallet uuid) returns void
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

create function ledger.on_transaction() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform ledger.check_transaction(new.id);
    return null;
end $$;

create function ledger.on_posting() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if not exists (select from payments_transaction where id = new.transaction_id) then
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
    perform ledger.check_transaction(new.transaction_id), ledger.check_balance(new.wallet_id);
    return null;
end $$;

create function ledger.on_inflow() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if tg_op <> 'DELETE' then
        perform ledger.check_balance(new.wallet_id);
    end if;
    if tg_op <> 'INSERT' then
        perform ledger.check_balance(old.wallet_id);
    end if;
    return null;
end $$;

create function ledger.on_wallet() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform ledger.check_balance(new.id);
    return null;
end $$;

-- Whoever sees the schema "ledger" is one of its functions (see ledger.sql). Every statement reads these conditions
-- anew from their stored form, whose length is what they cost: of those that ask the same this is the shortest.
create constraint trigger transaction_is_true
    after insert or update on payments_transaction deferrable initially deferred for each row
    when (not pg_function_is_visible('ledger.check_end'::regproc)) execute function ledger.on_transaction();

create constraint trigger posting_balances
    after insert on payments_posting deferrable initially deferred for each row
    when (not pg_function_is_visible('ledger.check_end'::regproc)) execute function ledger.on_posting();

create constraint trigger inflow_balances
    after insert or update or delete on payments_inflow deferrable initially deferred for each row
    when (not pg_function_is_visible('ledger.check_end'::regproc)) execute function ledger.on_inflow();

create constraint trigger wallet_balances
    after insert or update of balance on payments_wallet deferrable initially deferred for each row
    when (not pg_function_is_visible('ledger.check_end'::regproc)) execute function ledger.on_wallet();


-- A new wallet starts at zero, but for the owner's fixtures. The catalogue comes first in the path, before any
-- temporary table that calls itself pg_class.
create function ledger.refuse_made_money() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if not pg_has_role(current_user, (select relowner from pg_class where oid = tg_relid), 'member') then
        raise exception using errcode = 'insufficient_privilege', message = 'a wallet opens at zero; only the ledger changes balances';
    end if;
    return new;
end $$;

create trigger wallet_opens_at_zero
    before insert on payments_wallet for each row when (new.balance <> 0)
    execute function ledger.refuse_made_money();


-- Whether a wallet may overdraw, is buffered and has an owner follows from its kind, and never changes; nor does
-- the name of one of the platform's wallets, by which the ledger knows what is on hold.
create function ledger.keep_shape() returns trigger
language plpgsql as $$
begin
    if new.may_overdraw and new.kind <> 'system'
       or new.buffered <> (new.kind in ('store', 'system'))
       or (new.user_id is null) <> (new.kind in ('store', 'system'))
       or tg_op = 'UPDATE' and ((new.kind, new.asset_id, new.buffered, new.may_overdraw)
                                <> (old.kind, old.asset_id, old.buffered, old.may_overdraw)
                                or new.kind = 'system' and new.name <> old.name)
    then
        raise exception using errcode = 'check_violation', constraint = 'wallet_shape_follows_kind',
              message = 'a wallet''s owner, buffer and overdraft follow from its kind, which never changes';
    end if;
    return new;
end $$;

-- Wallets have no trigger before an update: one of any columns makes PostgreSQL lock, and log, each row that a
-- payment changes a second time.
create trigger wallet_shape_follows_kind
    after insert or update of kind, user_id, asset_id, buffered, may_overdraw, name on payments_wallet for each row
    execute function ledger.keep_shape();


-- A wallet is closed empty and for good. The lock waits for payments that found it open and makes later ones
-- wait; ledger.sql takes it shared wherever it does not lock the row itself.
create function ledger.close_wallet() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if old.status = 'closed' then
        raise exception using errcode = 'restrict_violation', constraint = 'wallet_closed_for_good',
              message = 'a closed wallet stays closed';
    end if;
    perform pg_advisory_xact_lock(uuid_hash_extended(new.id, 0));
    if new.balance + (select coalesce(sum(amount), 0) from payments_inflow where wallet_id = new.id) <> 0 then
        raise exception using errcode = 'FL001', message = 'wallet_not_empty';
    end if;
    if exists (select from payments_transaction where status = 'pending' and new.id in (payer_wallet_id, payee_wallet_id)) then
        raise exception using errcode = 'FL001', message = 'wallet_busy';
    end if;
    return new;
end $$;

create trigger wallet_closes_empty
    after update of status on payments_wallet for each row
    when (old.status is distinct from new.status and 'closed' in (old.status, new.status))
    execute function ledger.close_wallet();


-- What a transaction says never changes; a pending one is settled once.
create function ledger.refuse_rewrite() returns trigger
language plpgsql as $$
begin
    raise exception using errcode = 'restrict_violation', constraint = 'transaction_facts_stay',
          message = 'a transaction''s facts never change and it settles once';
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
    execute function ledger.refuse_rewrite();


-- A payee sees each confirmation code once a day.
create unique index transaction_code_once_a_day
    on payments_transaction (payee_wallet_id, confirmation_code, ((created_at at time zone 'UTC')::date))
    where kind = 'payment';

-- Balances change in place: room on each page keeps those updates out of the indexes (heap-only tuples).
alter table payments_wallet set (fillfactor = 70);

-- Inflow rows live for seconds: clear the dead ones away before the folds have to step over them.
alter table payments_inflow set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

revoke all on all functions in schema ledger from public;
