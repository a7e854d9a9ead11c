-- One of ten thousand wallets pays the one store. The codes to choose from are drawn as widely as callers draw them, in
-- few steps: a caller brings them along, and making them here is no part of a payment.
\set a random(100000000001, 100000010000)
\set r random(0, 9223372036854775806)
\set q random(0, 9223372036854775806)
select ledger_post(
    uuidv7(), 'payment', 'ledger', 'completed', ('00000000-0000-7000-8000-' || :a)::uuid,
    ('10000000-0000-7000-8000-' || :a)::uuid, '20000000-0000-7000-8000-100000000000', 5, 'EUR', null,
    array[
        translate(upper(substr(encode(int8send(:r), 'base64'), 3, 6)), '01IO+/', 'ABCDEF'),
        translate(upper(substr(encode(int8send(:q), 'base64'), 3, 6)), '01IO+/', 'ABCDEF')
    ],
    uuidv7()::text, '', '{}', now(),
    array[('10000000-0000-7000-8000-' || :a)::uuid, '20000000-0000-7000-8000-100000000000'], array[-5, 5], '{f,t}'
);
