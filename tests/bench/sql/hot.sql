-- One of ten thousand wallets pays the one store. Identifier (in the order of time, like callers'), key and the codes to
-- choose from (drawn as widely) are made in few steps: a caller brings them along, and making them is no part of a payment.
-- Three codes: of half a million payments to one store in a day some find two of theirs taken.
\set n :n + 1
\set id :n * 100 + :client_id
\set a random(100000000001, 100000010000)
\set r random(0, 9223372036854775806)
\set q random(0, 9223372036854775806)
\set s random(0, 9223372036854775806)
select ledger_post(
    ('01900000000070' || :id)::uuid, 'payment', 'ledger', 'completed', ('00000000-0000-7000-8000-' || :a)::uuid,
    ('10000000-0000-7000-8000-' || :a)::uuid, '20000000-0000-7000-8000-100000000000', 5, 'EUR', null,
    array[
        translate(upper(substr(encode(int8send(:r), 'base64'), 3, 6)), '01IO+/', 'ABCDEF'),
        translate(upper(substr(encode(int8send(:q), 'base64'), 3, 6)), '01IO+/', 'ABCDEF'),
        translate(upper(substr(encode(int8send(:s), 'base64'), 3, 6)), '01IO+/', 'ABCDEF')
    ],
    (:id)::text, '', '{}', now(),
    array[('10000000-0000-7000-8000-' || :a)::uuid, '20000000-0000-7000-8000-100000000000'], array[-5, 5], '{f,t}'
);
