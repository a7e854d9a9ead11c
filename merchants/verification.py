"""What rows of stores must agree with in the ledger. `manage.py verify_ledger` asks it beside the ledger's own rules (R1)."""

from payments.verification import Check

CHECKS = (
    Check(
        "a paid charge has the payment it asked for",
        "merchants_charge",
        """
        select c.id, 'asks for ' || c.amount || ', has '
               || coalesce('a ' || t.status || ' ' || t.kind || ' of ' || t.amount, 'no payment')
          from merchants_charge c
          join merchants_store s on s.id = c.store_id
          left join payments_transaction t on t.id = c.transaction_id
         where c.status = 'paid'
           and (t.id is null or t.kind <> 'payment' or t.status <> 'completed' or t.amount <> c.amount
                or t.payee_wallet_id <> s.settlement_wallet_id)
        """,
    ),
    Check(
        "a payout is as far as its transaction, and for as much",
        "merchants_payout",
        """
        select p.id, p.status || ' with ' || p.amount || ', its transaction '
               || coalesce(t.status || ' with ' || t.amount, 'missing')
          from merchants_payout p
          join merchants_store s on s.id = p.store_id
          left join payments_transaction t on t.id = p.transaction_id
         where t.id is null or t.kind <> 'payout' or t.amount <> p.amount or t.payer_wallet_id <> s.settlement_wallet_id
            or not case p.status
                   when 'pending' then t.status = 'pending'
                   when 'processing' then t.status = 'pending'
                   when 'completed' then t.status = 'completed'
                                     and not exists (select from payments_transaction r where r.refund_of_id = t.id)
                   else t.status in ('failed', 'cancelled')
                     or t.status = 'completed' and exists (select from payments_transaction r where r.refund_of_id = t.id)
                   end
        """,
    ),
    Check(
        "a dispute that ended in a refund left nothing of its payment",
        "merchants_dispute",
        """
        select d.id, 'paid ' || t.amount || ', refunded ' || coalesce(sum(r.amount), 0)
          from merchants_dispute d
          join payments_transaction t on t.id = d.payment_id
          left join payments_transaction r on r.refund_of_id = t.id and r.status = 'completed'
         where d.status = 'refunded'
         group by d.id, d.refund_id, t.amount
        having coalesce(sum(r.amount), 0) <> t.amount or not coalesce(bool_or(r.id = d.refund_id), false)
        """,
    ),
)
