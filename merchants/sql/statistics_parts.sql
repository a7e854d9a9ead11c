-- What the days that are kept are made of: hours, ways of paying and cashiers. Nobody at a till is the cashier of all zeros, because
-- a refresh beside readers finds rows by a key without nulls.

create materialized view merchants_storepartstats as
select store_id, date, hour, method, coalesce(cashier_id, '00000000-0000-0000-0000-000000000000') as cashier_id,
       count(*) as payments, sum(paid)::bigint as revenue, sum(tip)::bigint as tips
  from merchants_storemovement
 where paid > 0
 group by store_id, date, hour, method, coalesce(cashier_id, '00000000-0000-0000-0000-000000000000');

create unique index store_part on merchants_storepartstats (store_id, date, hour, method, cashier_id);

-- In one commit, so that the parts of a day are those of its sums.
create or replace function merchants_refresh_statistics() returns void
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    refresh materialized view concurrently public.merchants_storedailystats;
    refresh materialized view concurrently public.merchants_storepartstats;
    refresh materialized view public.merchants_statistics_until;
end $$;
