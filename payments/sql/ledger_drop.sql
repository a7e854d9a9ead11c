drop schema ledger cascade;
drop function ledger_fold, ledger_settle, ledger_post;
alter table payments_inflow reset (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
alter table payments_wallet reset (fillfactor);
drop index transaction_code_once_a_day;
