-- One transaction with a hundred lines: a wallet pays ninety-nine others.
\set a random(100000000001, 100000009900)
select ledger_post(
    uuidv7(), 'consolidation', 'ledger', 'completed', ('00000000-0000-7000-8000-' || :a)::uuid,
    ('10000000-0000-7000-8000-' || :a)::uuid, ('10000000-0000-7000-8000-' || :a::bigint + 1)::uuid, 5, 'EUR', null, '{ABCDEF}',
    uuidv7()::text, '', '{}', now(),
    array_agg(('10000000-0000-7000-8000-' || :a::bigint + n)::uuid order by n),
    array_agg(case when n = 0 then -5 * 99 else 5 end::bigint order by n), array_agg(false)
)
  from generate_series(0, 99) n;
