-- One of ten thousand wallets pays the one store.
\set a random(100000000001, 100000010000)
\set r random(1048576, 16777215)
\set q random(1048576, 16777215)
select ledger_post(
    uuidv7(), 'payment', 'ledger', 'completed', ('00000000-0000-7000-8000-' || :a)::uuid,
    ('10000000-0000-7000-8000-' || :a)::uuid, '20000000-0000-7000-8000-100000000000', 5, 'EUR', null,
    array[translate(upper(to_hex(:r::int)), '01', 'XY'), translate(upper(to_hex(:q::int)), '01', 'XY')],
    uuidv7()::text, '', '{}', now(),
    array[('10000000-0000-7000-8000-' || :a)::uuid, '20000000-0000-7000-8000-100000000000'], array[-5, 5], '{f,t}'
);
