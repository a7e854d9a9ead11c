-- As forget_events.sql says, and what the person's apps synced as well.
create or replace function audit_forget_events(closed_person uuid)
returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_events bigint;
    v_syncs bigint;
begin
    if not exists (select from accounts_user u where u.id = closed_person and u.status = 'deleted') then
        return 0;
    end if;
    delete from audit_event where user_id = closed_person;
    get diagnostics v_events = row_count;
    delete from audit_synclog where user_id = closed_person;
    get diagnostics v_syncs = row_count;
    return v_events + v_syncs;
end $$;
