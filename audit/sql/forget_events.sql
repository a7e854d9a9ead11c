-- Deletes the events of a person whose account is closed. The application's role may delete none otherwise: whoever holds
-- it can't clear anybody's tracks without closing their account, and the trail keeps that for good.
create function audit_forget_events(closed_person uuid)
returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_gone bigint;
begin
    delete from audit_event
     where user_id = closed_person
       and exists (select from accounts_user u where u.id = closed_person and u.status = 'deleted');
    get diagnostics v_gone = row_count;
    return v_gone;
end $$;
revoke all on function audit_forget_events from public;
