-- Payments: what a payer lets a merchant take, and how far that went.

create table payments (
  shard                smallint not null,
  id                   uuid not null,
  merchant_id          uuid not null, -- the network's own id for charges that no merchant of ours made
  origin               text not null,
  state                text not null,
  currency             text not null,
  amount               bigint not null, -- what was asked for; never changes
  authorized           bigint not null,
  captured             bigint not null,
  refunded             bigint not null,
  payer_currency       text not null,
  rate_numerator       bigint not null, -- payer minor units per payment minor unit, as a ratio
  rate_denominator     bigint not null,
  payer_authorized     bigint not null,
  payer_captured       bigint not null,
  payer_refunded       bigint not null,
  client_id            uuid not null,
  card_account_id      uuid not null,
  card_id              uuid not null,
  binding_token        uuid,
  card_transaction_id  uuid not null,
  hold_id              uuid not null,
  exchange_hold_id     uuid,
  ref_id               text not null,
  description          text not null,
  authorized_on        date not null, -- the day on which it counts against the card's daily limits
  expires_at           timestamptz not null,
  created_at           timestamptz not null,
  constraint payments_pkey primary key (shard, id),
  constraint payment_ref_id_is_unique unique (shard, ref_id),
  constraint payment_origin_is_known check (origin in ('partner-connect', 'network')),
  constraint payment_state_is_known check (state in ('authorized', 'captured', 'voided', 'refunded')),
  constraint payment_amount_is_positive check (amount > 0),
  constraint payment_authorizes_at_most_its_amount check (authorized >= 0 and authorized <= amount),
  constraint payment_captures_at_most_what_was_authorized check (captured >= 0 and captured <= authorized),
  constraint payment_refunds_at_most_what_was_captured check (refunded >= 0 and refunded <= captured),
  constraint payer_pays_at_most_what_was_held check (payer_captured >= 0 and payer_captured <= payer_authorized),
  constraint payer_gets_back_at_most_what_was_paid check (payer_refunded >= 0 and payer_refunded <= payer_captured),
  constraint payment_rate_is_positive check (rate_numerator > 0 and rate_denominator > 0),
  constraint payment_state_agrees_with_its_totals
    check (case state
             when 'authorized' then captured = 0 and refunded = 0
             when 'voided' then captured = 0 and refunded = 0
             when 'captured' then captured > 0 and refunded < captured
             when 'refunded' then captured > 0 and refunded = captured
           end)
) with (fillfactor = 80);
create index payments_awaiting_expiry on payments (shard, expires_at) where state = 'authorized';
create index payments_of_a_card on payments (shard, card_id);

-- Each refund of a payment; its id is what callers know it by.
create table refunds (
  shard        smallint not null,
  id           uuid not null,
  payment_id   uuid not null,
  amount       bigint not null,
  payer_amount bigint not null,
  description  text not null,
  reason       text not null,
  created_at   timestamptz not null,
  constraint refunds_pkey primary key (shard, id),
  constraint refund_belongs_to_a_payment foreign key (shard, payment_id) references payments (shard, id),
  constraint refund_amount_is_positive check (amount > 0 and payer_amount >= 0)
);
create index refunds_of_a_payment on refunds (shard, payment_id);
