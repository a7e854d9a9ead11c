alter table payments_wallet reset (fillfactor);
drop index transaction_code_once_a_day;
drop trigger transaction_facts_stay on payments_transaction;
drop trigger wallet_opens_at_zero on payments_wallet;
drop trigger wallet_balances on payments_wallet;
drop trigger posting_balances on payments_posting;
drop trigger transaction_names_wallets_and_asset on payments_transaction;
drop function ledger_refuse_rewrite, ledger_refuse_made_money, ledger_check_balance, ledger_check_wallet, ledger_check_posting, ledger_check_transaction, ledger_check_names,
    ledger_fold, ledger_settle, ledger_check_refund, ledger_post, ledger_debit_store, ledger_move, ledger_fold_wallet;
