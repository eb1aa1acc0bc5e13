-- Payments that a gateway carries instead of a card that we issued, payments that were declined, and payouts: the payer's
-- side is either a card, with all that its statement needs, or a merchant's gateway account.

alter table payments
  alter column client_id drop not null,
  alter column card_account_id drop not null,
  alter column card_id drop not null,
  alter column card_transaction_id drop not null,
  alter column authorized_on drop not null,
  alter column hold_id drop not null, -- nothing is held yet, or never was
  add column direction text not null default 'charge',
  add column gateway_account_id uuid,
  add column refund_reserved bigint not null default 0, -- of refunds that a gateway has not decided
  add column open_operation_id uuid, -- the authorize, purchase, capture or void that excludes others while it is open
  add column claim_id uuid, -- the obligation that it pays, such as an invoice
  add column source_payment_id uuid, -- of a payout to the payer of an earlier payment
  add column paid_out bigint not null default 0, -- by payouts to its payer, those that are open included
  add column version bigint not null default 1,
  drop constraint payment_origin_is_known,
  drop constraint payment_state_is_known,
  drop constraint payment_refunds_at_most_what_was_captured,
  drop constraint payment_state_agrees_with_its_totals,
  add constraint payment_direction_is_known check (direction in ('charge', 'payout')),
  add constraint payment_origin_is_known check (origin in ('partner-connect', 'network', 'transaction-services')),
  add constraint payment_state_is_known
    check (state in ('authorizing', 'authorized', 'capturing', 'voiding', 'captured', 'voided', 'refunded', 'declined',
                     'canceled', 'paying', 'paid')),
  add constraint payment_refunds_at_most_what_was_captured
    check (refunded >= 0 and refund_reserved >= 0 and refunded + refund_reserved <= captured),
  add constraint payment_is_not_refunded_and_paid_out
    check (paid_out >= 0 and (paid_out = 0 or refunded + refund_reserved + paid_out <= captured)),
  add constraint payment_state_agrees_with_its_totals
    check (case
             when state in ('authorized', 'capturing', 'voiding', 'paying') then authorized > 0 and captured = 0
             when state in ('authorizing', 'voided') then captured = 0
             when state in ('declined', 'canceled') then authorized = 0 and captured = 0
             when state in ('captured', 'paid') then captured > 0 and refunded < captured
             when state = 'refunded' then captured > 0 and refunded = captured
           end),
  add constraint payment_state_agrees_with_its_direction
    check (state = 'declined' or (direction = 'payout') = (state in ('paying', 'paid'))),
  add constraint payment_holds_what_it_authorized check (hold_id is not null or authorized = 0),
  add constraint payment_is_of_a_card_or_of_a_gateway
    check (num_nonnulls(card_id, gateway_account_id) = 1 or (state = 'declined' and num_nonnulls(card_id, gateway_account_id) = 0)),
  add constraint payment_of_a_card_knows_its_account
    check (num_nonnulls(card_id, client_id, card_account_id, card_transaction_id, authorized_on) in (0, 5)),
  add constraint payment_of_a_gateway_has_one_currency
    check (gateway_account_id is null or (payer_currency = currency and rate_numerator = rate_denominator));
alter table payments
  alter column direction drop default,
  alter column refund_reserved drop default,
  alter column paid_out drop default,
  alter column version drop default;
create index payments_of_a_claim on payments (shard, claim_id) where claim_id is not null;
create index payments_of_a_merchant on payments (shard, merchant_id, id);
