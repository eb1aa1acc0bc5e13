-- Payments that are captured in parts, that cost a fee on top, and that their payer pays in the currency of the gateway account.

alter table payments
  add column fee bigint not null default 0, -- minor units of `currency`, on top of the amount
  add column taken_before bigint not null default 0, -- what had been captured when the present hold was taken
  add column payer_taken_before bigint not null default 0,
  drop constraint payment_origin_is_known,
  drop constraint payment_authorizes_at_most_its_amount,
  drop constraint payment_is_not_refunded_and_paid_out,
  drop constraint payment_state_agrees_with_its_totals,
  drop constraint payment_of_a_gateway_has_one_currency,
  add constraint payment_origin_is_known
    check (origin in ('partner-connect', 'network', 'transaction-services', 'operations')),
  add constraint payment_fee_is_not_negative check (fee >= 0),
  add constraint payment_authorizes_at_most_its_amount_and_fee check (authorized >= 0 and authorized <= amount + fee),
  add constraint payment_is_not_refunded_and_paid_out
    check (paid_out >= 0 and (paid_out = 0 or refunded + refund_reserved + paid_out <= least(captured, amount))),
  add constraint payment_holds_what_is_not_captured
    check (taken_before >= 0 and taken_before <= captured
           and payer_taken_before >= 0 and payer_taken_before <= payer_captured),
  add constraint payment_state_agrees_with_its_totals
    check (case
             when state in ('authorized', 'capturing', 'voiding') then captured < authorized
             when state = 'paying' then authorized > 0 and captured = 0
             when state in ('authorizing', 'voided') then captured = 0
             when state in ('declined', 'canceled') then authorized = 0 and captured = 0
             when state in ('captured', 'paid') then captured > 0 and refunded < least(captured, amount)
             when state = 'refunded' then captured > 0 and refunded >= least(captured, amount)
           end);
alter table payments
  alter column fee drop default,
  alter column taken_before drop default,
  alter column payer_taken_before drop default;
