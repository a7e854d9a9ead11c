-- One of ten thousand wallets pays the one store. The codes to choose from are drawn from all there are, as callers do.
\set a random(100000000001, 100000010000)
\set r random(0, 1073741823)
\set q random(0, 1073741823)
select ledger_post(
    uuidv7(), 'payment', 'ledger', 'completed', ('00000000-0000-7000-8000-' || :a)::uuid,
    ('10000000-0000-7000-8000-' || :a)::uuid, '20000000-0000-7000-8000-100000000000', 5, 'EUR', null,
    array[
        substr(abc, 1 + (r & 31), 1) || substr(abc, 1 + (r >> 5 & 31), 1) || substr(abc, 1 + (r >> 10 & 31), 1)
            || substr(abc, 1 + (r >> 15 & 31), 1) || substr(abc, 1 + (r >> 20 & 31), 1) || substr(abc, 1 + (r >> 25 & 31), 1),
        substr(abc, 1 + (q & 31), 1) || substr(abc, 1 + (q >> 5 & 31), 1) || substr(abc, 1 + (q >> 10 & 31), 1)
            || substr(abc, 1 + (q >> 15 & 31), 1) || substr(abc, 1 + (q >> 20 & 31), 1) || substr(abc, 1 + (q >> 25 & 31), 1)
    ],
    uuidv7()::text, '', '{}', now(),
    array[('10000000-0000-7000-8000-' || :a)::uuid, '20000000-0000-7000-8000-100000000000'], array[-5, 5], '{f,t}'
) from (values ('ABCDEFGHJKLMNPQRSTUVWXYZ23456789', :r::int, :q::int)) as drawn (abc, r, q);
