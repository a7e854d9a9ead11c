-- The first of ten thousand people sends to another one.
\set c random(100000000002, 100000010000)
select ledger_post(
    uuidv7(), 'transfer', 'ledger', 'completed', '00000000-0000-7000-8000-100000000001',
    '10000000-0000-7000-8000-100000000001', ('10000000-0000-7000-8000-' || :c)::uuid, 5, 'EUR', null, '{ABCDEF}',
    uuidv7()::text, 'for the violin', '{}', now(),
    array['10000000-0000-7000-8000-100000000001', ('10000000-0000-7000-8000-' || :c)::uuid], array[-5, 5], '{f,f}'
);
