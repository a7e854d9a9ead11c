-- What a store is found by: the words of its name and town without capitals and accents, and where it is.
-- Plain PostgreSQL: no extension is asked for.
create function store_words(said text) returns tsvector language sql immutable parallel safe strict
return to_tsvector('simple'::regconfig,
    translate(lower(said), 'áàâãäåāéèêëēíìîïīóòôõöōúùûüūçñýÿšžøł', 'aaaaaaaeeeeeiiiiioooooouuuuucnyyszol'));

create function store_place(latitude numeric, longitude numeric) returns point language sql immutable parallel safe strict
return point(longitude::float8, latitude::float8);

create index store_by_words on merchants_store using gin (store_words(name || ' ' || city)) where status = 'active';
create index store_by_place on merchants_store using gist (store_place(latitude, longitude))
 where status = 'active' and latitude is not null;
