-- Changes with the password, whoever changes it and however, and says nothing about it: a session that
-- was opened under another mark is over.
create function accounts_password_mark(stored_password text)
returns text
language sql stable parallel safe
return left(encode(sha256(convert_to(stored_password, 'UTF8')), 'hex'), 32);

-- Who a living session belongs to, for every call of the API.
--
-- A function, because PostgreSQL keeps the plan of a query inside it: planning three joined tables anew
-- in each call costs more than running them. The session must exist, not be over, be as new as the
-- password, and belong to that person, who must be active; otherwise there is no row.
create function accounts_bearer(wanted_session uuid, wanted_user uuid, at timestamptz)
returns setof accounts_user
language plpgsql stable
as $$
begin
  return query
  select u.*
    from accounts_session s
    join django_session d on d.session_key = s.session_key
    join accounts_user u on u.id = s.user_id
   where s.id = wanted_session
     and s.user_id = wanted_user
     and d.expire_date > at
     and u.status = 'active'
     and s.password_mark = accounts_password_mark(u.password);
end
$$;
