-- What stores took and gave back, on the days of their own calendars.
--
-- store_movement is the one place that says what counts, and on which day and in which hour: the figures of days that are over are kept of it,
-- those of today are read from it.

create view merchants_storemovement as
select t.id, s.id as store_id, t.created_at as at,
       (t.created_at at time zone s.timezone)::date as date,
       extract(hour from t.created_at at time zone s.timezone)::int as hour,
       t.amount::bigint as paid, 0::bigint as refunded, coalesce(c.tip, 0) as tip,
       w.user_id as customer_id,
       case when t.rail <> 'ledger' then t.rail::text when c.id is null then 'code' else 'till' end as method,
       c.cashier_id, s.timezone
  from merchants_store s
  join payments_transaction t on t.payee_wallet_id = s.settlement_wallet_id and t.kind = 'payment' and t.status = 'completed'
  join payments_wallet w on w.id = t.payer_wallet_id
  left join merchants_charge c on c.transaction_id = t.id
union all
select t.id, s.id, t.created_at,
       (t.created_at at time zone s.timezone)::date,
       extract(hour from t.created_at at time zone s.timezone)::int,
       0, t.amount::bigint, 0, null, 'refund', null, s.timezone
  from merchants_store s
  join payments_transaction t on t.payer_wallet_id = s.settlement_wallet_id and t.kind = 'refund' and t.status = 'completed';

create materialized view merchants_storedailystats as
select store_id, date, timezone,
       (count(*) filter (where paid > 0))::bigint as transaction_count,
       sum(paid)::bigint as revenue,
       sum(refunded)::bigint as refunded,
       count(distinct customer_id) as unique_customers,
       coalesce(round(sum(paid) / nullif(count(*) filter (where paid > 0), 0)), 0)::bigint as average
  from merchants_storemovement
 group by store_id, date, timezone;

create unique index store_day on merchants_storedailystats (store_id, date);

-- Up to when the kept figures are complete: one row. Payments of the last minutes before may not have been committed yet.
create materialized view merchants_statistics_until as select now() - interval '5 minutes' as at;

-- Runs with the owner's rights, because only an owner may refresh. Readers go on with the old figures until the new ones stand.
create function merchants_refresh_statistics() returns void
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    refresh materialized view concurrently public.merchants_storedailystats;
    refresh materialized view public.merchants_statistics_until;
end $$;
