-- One transfer between two of ten thousand wallets. Identifier (in the order of time) and key are what a caller brings along.
\set n :n + 1
\set id :n * 100 + :client_id
\set a random(100000000001, 100000010000)
\set c random(100000000001, 100000009999)
\set b case when :c >= :a then :c + 1 else :c end
\set lower least(:a, :b)
\set upper greatest(:a, :b)
\set to_lower case when :a < :b then -5 else 5 end
\set to_upper 0 - :to_lower
select ledger_post(
    ('01900000000070' || :id)::uuid, 'transfer', 'ledger', 'completed', ('00000000-0000-7000-8000-' || :a)::uuid,
    ('10000000-0000-7000-8000-' || :a)::uuid, ('10000000-0000-7000-8000-' || :b)::uuid, 5, 'EUR', null, '{ABCDEF}',
    (:id)::text, '', '{}', now(),
    array[('10000000-0000-7000-8000-' || :lower)::uuid, ('10000000-0000-7000-8000-' || :upper)::uuid],
    array[:to_lower, :to_upper]::bigint[], '{f,f}'
);
