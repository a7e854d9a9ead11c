-- What people did. Cut by months, so that old months go by dropping their part instead of deleting rows.
--
-- Nothing refers to an event, and it refers to nobody by a foreign key: a key would make each new part, and each drop
-- of an old one, wait for everybody who is writing to accounts_user. People are never deleted.
create table audit_event (
    id uuid not null,
    created_at timestamptz not null,
    name varchar(64) not null,
    properties jsonb not null,
    user_id uuid,
    session_id uuid,
    device_id varchar(64) not null,
    ip_address inet,
    user_agent varchar(400) not null,
    primary key (id, created_at)
) partition by range (created_at);
create index event_by_user on audit_event (user_id, created_at desc, id desc);
create index event_by_name on audit_event (name, created_at desc);

-- Takes whatever no other part takes, so that nothing is lost should nobody have made parts for months.
create table audit_event_default partition of audit_event default;

-- Makes the parts (`audit_event_2026_11`) of this month and the next few, and of past months that landed in the default
-- part. Answers how many. Months are those of UTC. Nobody waits for a part that is made ahead. Where rows have to move, writers
-- wait for as long as that takes; when that lock is long in coming, the function gives up and is run again the next day.
create function audit_make_event_parts(months_ahead integer)
returns integer
language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '5s' as $$
declare
    v_this_month timestamp := date_trunc('month', now() at time zone 'UTC');
    v_month timestamp;
    v_from timestamptz;
    v_to timestamptz;
    v_part text;
    v_made integer := 0;
begin
    perform pg_advisory_xact_lock(hashtextextended('audit_make_event_parts', 0));
    for v_month in
        select generate_series(v_this_month, v_this_month + make_interval(months => least(months_ahead, 24)), '1 month')
        union
        select date_trunc('month', created_at at time zone 'UTC') from audit_event_default where created_at < now()
        order by 1
    loop
        v_part := 'audit_event_' || to_char(v_month, 'YYYY_MM');
        continue when to_regclass(v_part) is not null;
        v_from := v_month at time zone 'UTC';
        v_to := (v_month + interval '1 month') at time zone 'UTC';
        if exists (select from audit_event_default where created_at >= v_from and created_at < v_to) then
            -- Of the whole: a writer that had found its way to the default part would be refused there afterwards.
            lock table audit_event in share row exclusive mode;
        end if;
        execute format('create table %I (like audit_event including defaults including constraints)', v_part);
        execute format(
            'with moved as (delete from audit_event_default where created_at >= %L and created_at < %L returning *)
             insert into %I select * from moved', v_from, v_to, v_part);
        execute format('alter table audit_event attach partition %I for values from (%L) to (%L)', v_part, v_from, v_to);
        v_made := v_made + 1;
    end loop;
    return v_made;
end $$;
revoke all on function audit_make_event_parts from public;

select audit_make_event_parts(3);
