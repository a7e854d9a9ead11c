-- The rules of single columns of wallets, transactions and postings (payments/models names their meaning).
create domain wallet_kind as text check (value in ('personal', 'store', 'system', 'linked'));
create domain wallet_status as text check (value in ('active', 'frozen', 'closed'));
create domain transaction_kind as text check (value in (
    'payment', 'transfer', 'deposit', 'withdrawal', 'refund', 'payout', 'bill_payment', 'credit_purchase', 'job_charge',
    'subscription', 'conversion', 'bonus_claim', 'loan_repayment', 'consolidation'
));
create domain transaction_rail as text check (value in ('ledger', 'card', 'open_payments', 'onchain'));
create domain transaction_status as text check (value in ('pending', 'completed', 'failed', 'cancelled'));
create domain transaction_amount as bigint constraint transaction_amount_positive check (value > 0);
create domain posting_amount as bigint constraint posting_amount_not_zero check (value <> 0);
create domain confirmation_code as text check (value ~ '^[A-HJ-NP-Z2-9]{6}$');
