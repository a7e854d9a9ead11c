-- The ledger: the only code that writes transactions, postings and balances.
--
-- ledger_post    records a transaction and moves its legs, in one round trip
-- ledger_settle  ends a pending transaction, with the legs that end it
-- ledger_fold    adds the inflow of buffered wallets to their balances
--
-- These three run with the owner's rights and are all that the application's role may execute; what they
-- are made of lies in the schema "ledger", which that role may not even look into.
-- Refusals are raised as SQLSTATE FL001 with the problem's code as message (payments/ledger.py maps them).
-- Locks are taken in one order, whatever the caller's: transaction row first, then wallets by id.
-- While one of them runs, its search path makes the schema "ledger" visible: then the checks of rules.sql,
-- which guard everybody else's writes, are not queued, for the functions keep the same rules themselves.
create schema ledger;


-- Adds up to p_limit inflow rows of a wallet, or all, to its balance. The caller holds the wallet's row lock,
-- so nobody else deletes these rows. Answers how many there were.
create function ledger.fold_wallet(p_wallet uuid, p_limit integer) returns integer
language plpgsql as $$
declare
    v_folded integer;
begin
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


-- The leg that did not pass at once: a store debited for more than its settled balance folds its inflow first;
-- whatever still does not pass is refused with its reason.
create function ledger.move_or_refuse(
    p_wallet uuid, p_amount bigint, p_waits boolean, p_now timestamptz, out asset text, out balance_after bigint
)
language plpgsql as $$
declare
    v_wallet record;
begin
    select w.asset_id, w.status, w.buffered, w.may_overdraw into v_wallet
      from payments_wallet w where w.id = p_wallet for no key update;
    if not found or p_waits and not (v_wallet.buffered and (p_amount > 0 or v_wallet.may_overdraw)) then
        raise exception using errcode = 'FL001', message = 'wallet_unknown';
    end if;
    if v_wallet.status = 'closed' or v_wallet.status = 'frozen' and p_amount < 0 then
        raise exception using errcode = 'FL001', message = 'wallet_' || v_wallet.status;
    end if;
    asset := v_wallet.asset_id;
    if p_waits then  -- its status changed meanwhile
        return;
    end if;
    if v_wallet.buffered then
        perform ledger.fold_wallet(p_wallet, null);
    end if;
    update payments_wallet w
       set balance = w.balance + p_amount, last_used_at = p_now, updated_at = p_now
     where w.id = p_wallet and (p_amount > 0 or w.balance + p_amount >= 0 or w.may_overdraw)
    returning case when not w.buffered then w.balance end into balance_after;
    if not found then
        raise exception using errcode = 'FL001', message = 'insufficient_funds';
    end if;
end $$;


-- Puts the amount of this session's last posting into the inflow of its wallet. Called in an assignment, which costs
-- less than a statement.
create function ledger.wait(p_wallet uuid, p_amount bigint, p_asset text, p_now timestamptz) returns boolean
language plpgsql as $$
begin
    insert into payments_inflow (posting_id, wallet_id, amount)
    select currval('payments_posting_id_seq'), w.id, p_amount from payments_wallet w
     where w.id = p_wallet and w.asset_id = p_asset
       and w.buffered and w.status <> 'closed' and (p_amount > 0 or w.may_overdraw and w.status = 'active');
    if not found then
        if (select asset from ledger.move_or_refuse(p_wallet, p_amount, true, p_now)) <> p_asset then
            raise exception using errcode = 'FL001', message = 'unbalanced';
        end if;
        insert into payments_inflow (posting_id, wallet_id, amount)
        values (currval('payments_posting_id_seq'), p_wallet, p_amount);
    end if;
    return found;
end $$;


-- Moves the two legs of a completed transaction, all of its amount from the payer to the payee: what most are, and so
-- written out without ledger.move's loop and arrays, which took a fifth of a payment's time. At most one of them waits.
-- Answers whether p_actor owns one of the two wallets.
--
-- A leg that waits goes to the inflow: no row is locked, only that the wallet is not closed meanwhile is made
-- sure by a shared lock, which rules.sql takes exclusively to close a wallet. Nobody owns a wallet whose legs wait.
create function ledger.pay(
    p_transaction uuid, p_asset text, p_actor uuid, p_now timestamptz,
    p_one uuid, p_to_one bigint, p_one_waits boolean, p_two uuid, p_to_two bigint, p_two_waits boolean,
    p_payer uuid, p_payee uuid, p_amount bigint
) returns boolean
language plpgsql as $$
declare
    v_asset_one text;
    v_asset_two text;
    v_owner_one uuid;
    v_owner_two uuid;
    v_balance_one bigint;
    v_balance_two bigint;
begin
    if p_one_waits then
        p_one_waits := pg_advisory_xact_lock_shared(uuid_hash_extended(p_one, 0)) is not null;
    else
        update payments_wallet
           set balance = balance + p_to_one, last_used_at = p_now, updated_at = p_now
         where id = p_one and status <> 'closed'
           and (p_to_one > 0 or status = 'active' and (balance + p_to_one >= 0 or may_overdraw))
        returning asset_id, user_id, case when not buffered then balance end into v_asset_one, v_owner_one, v_balance_one;
        if not found then
            select asset, balance_after into v_asset_one, v_balance_one
              from ledger.move_or_refuse(p_one, p_to_one, false, p_now);
        end if;
    end if;
    if p_two_waits then
        p_two_waits := pg_advisory_xact_lock_shared(uuid_hash_extended(p_two, 0)) is not null;
    else
        update payments_wallet
           set balance = balance + p_to_two, last_used_at = p_now, updated_at = p_now
         where id = p_two and status <> 'closed'
           and (p_to_two > 0 or status = 'active' and (balance + p_to_two >= 0 or may_overdraw))
        returning asset_id, user_id, case when not buffered then balance end into v_asset_two, v_owner_two, v_balance_two;
        if not found then
            select asset, balance_after into v_asset_two, v_balance_two
              from ledger.move_or_refuse(p_two, p_to_two, false, p_now);
        end if;
    end if;
    if p_one >= p_two or p_to_one + p_to_two <> 0 or v_asset_one <> p_asset or v_asset_two <> p_asset
       or (case when p_one = p_payer then p_two = p_payee and p_to_two = p_amount
                else p_one = p_payee and p_two = p_payer and p_to_one = p_amount end) is not true
    then
        raise exception using errcode = 'FL001', message = case when p_one >= p_two then 'legs_not_ascending' else 'unbalanced' end;
    end if;

    -- The posting that waits is written last: its number is then the last one that the sequence gave to this session.
    if p_one_waits then
        insert into payments_posting (transaction_id, wallet_id, amount, balance_after, created_at)
        values (p_transaction, p_two, p_to_two, v_balance_two, p_now), (p_transaction, p_one, p_to_one, null, p_now);
        p_one_waits := ledger.wait(p_one, p_to_one, p_asset, p_now);
    else
        insert into payments_posting (transaction_id, wallet_id, amount, balance_after, created_at)
        values (p_transaction, p_one, p_to_one, v_balance_one, p_now), (p_transaction, p_two, p_to_two, v_balance_two, p_now);
        if p_two_waits then
            p_two_waits := ledger.wait(p_two, p_to_two, p_asset, p_now);
        end if;
    end if;
    return p_actor = v_owner_one or p_actor = v_owner_two;
end $$;


-- Moves any number of legs, in any assets. Answers whether p_actor owns one of the wallets.
create function ledger.move(
    p_transaction uuid, p_asset text, p_actor uuid, p_now timestamptz, p_wallets uuid[], p_amounts bigint[], p_waits boolean[]
) returns boolean
language plpgsql as $$
declare
    v_wallet uuid;
    v_amount bigint;
    v_waits boolean;
    v_asset text;
    v_assets text[] := '{}';
    v_owner uuid;
    v_owners uuid[] := '{}';
    v_balance bigint;
    v_balances bigint[] := '{}';
begin
    for v_leg in 1 .. cardinality(p_wallets) loop
        if v_wallet >= p_wallets[v_leg] then
            raise exception using errcode = 'FL001', message = 'legs_not_ascending';
        end if;
        v_wallet := p_wallets[v_leg];
        v_amount := p_amounts[v_leg];
        v_waits := p_waits[v_leg];
        v_balance := null;
        if v_waits then
            v_waits := pg_advisory_xact_lock_shared(uuid_hash_extended(v_wallet, 0)) is not null;
            select asset_id, user_id into v_asset, v_owner from payments_wallet
             where id = v_wallet and buffered and status <> 'closed' and (v_amount > 0 or may_overdraw and status = 'active');
        else
            update payments_wallet
               set balance = balance + v_amount, last_used_at = p_now, updated_at = p_now
             where id = v_wallet and status <> 'closed'
               and (v_amount > 0 or status = 'active' and (balance + v_amount >= 0 or may_overdraw))
            returning asset_id, user_id, case when not buffered then balance end into v_asset, v_owner, v_balance;
        end if;
        if not found then
            select asset, balance_after into v_asset, v_balance from ledger.move_or_refuse(v_wallet, v_amount, v_waits, p_now);
        end if;
        v_assets := v_assets || v_asset;
        v_owners := v_owners || v_owner;
        v_balances := v_balances || v_balance;
    end loop;
    if p_asset <> all (v_assets) or exists (
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
    select p.id, p.wallet_id, p.amount
      from posted p join unnest(p_wallets, p_waits) as l (wallet_id, waits) on l.wallet_id = p.wallet_id
     where l.waits;
    return p_actor = any (v_owners);
end $$;


-- A pending transaction names two wallets that exist, are not closed and stay open until this commits, in the
-- payer's asset; its legs put money of the payer on hold, and nothing else.
create function ledger.check_pending(p_payer uuid, p_payee uuid, p_asset text, p_wallets uuid[], p_amounts bigint[]) returns void
language plpgsql as $$
declare
    v_payer record;
    v_payee record;
begin
    perform pg_advisory_xact_lock_shared(uuid_hash_extended(p_payer, 0)), pg_advisory_xact_lock_shared(uuid_hash_extended(p_payee, 0));
    select w.id, w.status, w.asset_id into v_payer from payments_wallet w where w.id = p_payer;
    select w.id, w.status into v_payee from payments_wallet w where w.id = p_payee;
    if v_payer.id is null or v_payee.id is null or p_payer = p_payee or v_payer.asset_id <> p_asset then
        raise exception using errcode = 'FL001', message = 'wallet_unknown';
    end if;
    if v_payer.status = 'closed' or v_payee.status = 'closed' then
        raise exception using errcode = 'FL001', message = 'wallet_closed';
    end if;
    if exists (
        select from unnest(p_wallets, p_amounts) as l (wallet_id, amount) left join payments_wallet w on w.id = l.wallet_id
         where (l.wallet_id = p_payer and l.amount < 0
                or w.kind = 'system' and w.name like 'platform:holds:%' and l.amount > 0) is not true
    ) then
        raise exception using errcode = 'FL001', message = 'not_a_hold';
    end if;
end $$;


-- A refund gives back what a completed transaction paid, in its asset, and all refunds together never exceed it.
-- The row lock makes refunds of one transaction queue.
create function ledger.check_refund(p_original uuid, p_payer uuid, p_payee uuid, p_amount bigint, p_asset text) returns void
language plpgsql as $$
declare
    v_original record;
    v_refunded numeric;
begin
    select * into v_original from payments_transaction t where t.id = p_original for no key update;
    if v_original.status is distinct from 'completed' or v_original.kind = 'refund'
       or (v_original.asset_id, v_original.payee_wallet_id, v_original.payer_wallet_id) <> (p_asset, p_payer, p_payee)
    then
        raise exception using errcode = 'FL001', message = 'not_refundable';
    end if;
    select coalesce(sum(t.amount), 0) into v_refunded
      from payments_transaction t where t.refund_of_id = p_original and t.status in ('pending', 'completed');
    if v_refunded + p_amount > v_original.amount then
        raise exception using errcode = 'FL001', message = 'refund_exceeds_payment',
              detail = (v_original.amount - v_refunded)::text;
    end if;
end $$;


-- Records a transaction and moves its legs. p_wallets is ascending, so that everybody locks in the same order;
-- amounts are signed minor units; p_waits says which legs go to the inflow: those of buffered wallets, but for
-- the debits of a store.
-- A pending transaction may have no legs yet (a deposit that a provider has not confirmed) or put money on
-- hold. p_codes are confirmation codes to choose from: the first that the payee has not had that day.
-- Answers the chosen code.
create function ledger_post(
    p_id uuid, p_kind text, p_rail text, p_status text, p_initiated_by uuid, p_payer uuid, p_payee uuid,
    p_amount bigint, p_asset text, p_refund_of uuid, p_codes text[], p_key text, p_notes text, p_metadata jsonb,
    p_now timestamptz, p_wallets uuid[], p_amounts bigint[], p_waits boolean[]
) returns text
language plpgsql security definer set search_path = ledger, public, pg_temp as $$
declare
    v_code text;
    v_actor_known boolean;
begin
    if p_kind = 'refund' or p_refund_of is not null then
        if p_kind <> 'refund' or p_refund_of is null then
            raise exception using errcode = 'FL001', message = 'not_refundable';
        end if;
        perform ledger.check_refund(p_refund_of, p_payer, p_payee, p_amount, p_asset);
    end if;

    if p_kind = 'payment' then
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
            v_code := null;
        end loop;
        if v_code is null then
            raise exception using errcode = 'FL001', message = 'no_code_left';
        end if;
    else  -- nobody asks for these by their code: it may repeat, and the insert needs not look for conflicts first
        insert into payments_transaction (
            id, created_at, updated_at, kind, rail, status, initiated_by_id, payer_wallet_id, payee_wallet_id, amount, asset_id,
            refund_of_id, confirmation_code, idempotency_key, error_code, error_message, notes, metadata, completed_at
        ) values (
            p_id, p_now, p_now, p_kind, p_rail, p_status, p_initiated_by, p_payer, p_payee, p_amount, p_asset,
            p_refund_of, p_codes[1], p_key, '', '', p_notes, p_metadata, case when p_status = 'completed' then p_now end
        ) returning confirmation_code into v_code;
    end if;

    if p_status = 'completed' and cardinality(p_wallets) = 2 and cardinality(p_amounts) = 2
       and (p_waits[1] and p_waits[2]) is not true
    then
        v_actor_known := ledger.pay(
            p_id, p_asset, p_initiated_by, p_now,
            p_wallets[1], p_amounts[1], p_waits[1], p_wallets[2], p_amounts[2], p_waits[2], p_payer, p_payee, p_amount
        );
    else
        if cardinality(p_wallets) > 0 then
            v_actor_known := ledger.move(p_id, p_asset, p_initiated_by, p_now, p_wallets, p_amounts, p_waits);
        end if;
        if p_status = 'pending' then
            perform ledger.check_pending(p_payer, p_payee, p_asset, p_wallets, p_amounts);
        elsif (p_status = 'completed' and cardinality(p_wallets) = cardinality(p_amounts) and p_payer <> p_payee
               and p_amounts[array_position(p_wallets, p_payer)] < 0
               and (p_amounts[array_position(p_wallets, p_payee)] = p_amount
                    or p_kind = 'conversion' and p_amounts[array_position(p_wallets, p_payee)] > 0)) is not true
        then
            raise exception using errcode = 'FL001', message = 'unbalanced';
        end if;
    end if;
    if v_actor_known is not true and p_initiated_by is not null then  -- apart from the query: an "and" would plan it each time
        if not exists (select from accounts_user where id = p_initiated_by) then
            raise exception using errcode = 'foreign_key_violation', message = 'the initiator of a transaction does not exist';
        end if;
    end if;
    return v_code;
end $$;


-- Ends a pending transaction as completed, failed or cancelled, with the legs that end it, and leaves
-- nothing of it on hold; if it is not completed, nobody has gained or lost. p_amount lowers the amount when a
-- hold is captured for less.
create function ledger_settle(
    p_id uuid, p_status text, p_amount bigint, p_error_code text, p_error_message text, p_metadata jsonb,
    p_now timestamptz, p_wallets uuid[], p_amounts bigint[], p_waits boolean[]
) returns void
language plpgsql security definer set search_path = ledger, public, pg_temp as $$
declare
    v_transaction record;
begin
    select t.status, t.amount, t.asset_id into v_transaction from payments_transaction t where t.id = p_id for no key update;
    if v_transaction.status is distinct from 'pending' or p_status = 'pending' or p_now is null then
        raise exception using errcode = 'FL001', message = 'already_settled', detail = coalesce(v_transaction.status, '');
    end if;
    if p_amount > v_transaction.amount then
        raise exception using errcode = 'FL001', message = 'capture_exceeds_hold', detail = v_transaction.amount::text;
    end if;
    if cardinality(p_wallets) > 0 then
        perform ledger.move(p_id, v_transaction.asset_id, null, p_now, p_wallets, p_amounts, p_waits);
    end if;
    update payments_transaction
       set status = p_status, amount = p_amount, error_code = p_error_code, error_message = p_error_message,
           metadata = metadata || p_metadata, updated_at = clock_timestamp(),
           completed_at = case when p_status = 'completed' then p_now end
     where id = p_id;
    perform ledger.check_end(p_id);
end $$;


-- What the postings of an ended transaction add up to: nothing on hold; if completed, less for the payer and the
-- amount for the payee (of an exchange, something: its amount is in the payer's asset); if not, nothing for anybody.
create function ledger.check_end(p_transaction uuid) returns void
language plpgsql as $$
declare
    v_transaction record;
    v_sums record;
begin
    select * into v_transaction from payments_transaction t where t.id = p_transaction;
    select bool_or(s.amount <> 0) as moved,
           bool_or(s.amount <> 0 and w.kind = 'system' and w.name like 'platform:holds:%') as held,
           bool_or(s.amount < 0 and w.id = v_transaction.payer_wallet_id) as paid,
           bool_or(w.id = v_transaction.payee_wallet_id
                   and (s.amount = v_transaction.amount or v_transaction.kind = 'conversion' and s.amount > 0)) as received
      into v_sums
      from (select wallet_id, sum(amount) as amount from payments_posting where transaction_id = p_transaction group by wallet_id) s
      join payments_wallet w on w.id = s.wallet_id;
    if v_transaction.status = 'completed' and (v_sums.paid and v_sums.received and not v_sums.held) is not true
       or v_transaction.status in ('failed', 'cancelled') and v_sums.moved
    then
        raise exception using errcode = 'FL001', message = 'end_not_clear',
              detail = format('the postings of transaction %s do not end it as %s', p_transaction, v_transaction.status);
    end if;
end $$;


-- Adds up to p_limit rows of waiting inflow to the balance of a buffered wallet; one that is locked right now
-- waits for the next run. Answers how many rows it folded.
create function ledger_fold(p_wallet uuid, p_limit integer) returns integer
language plpgsql security definer set search_path = ledger, public, pg_temp as $$
begin
    perform from payments_wallet where id = p_wallet for no key update skip locked;
    return case when found then ledger.fold_wallet(p_wallet, p_limit) else 0 end;
end $$;


-- The functions belong to their owner and to whom config/rights.py names.
revoke all on all functions in schema ledger from public;
revoke all on function ledger_post, ledger_settle, ledger_fold from public;
