-- Checkouts: what a merchant asks a payer to pay on a page, how that stands, and what was tried.

alter table claims
  add column state text not null default 'created',
  add column is_last_try boolean not null default false;
update claims
   set state = case when paid_by is not null then 'paid' else 'pending' end;
alter table claims
  alter column state drop default,
  alter column is_last_try drop default,
  add constraint claim_state_is_known
    check (state in ('created', 'pending', 'attempted', 'authorized', 'paid', 'cod', 'failed', 'canceled', 'expired', 'invalided',
                     'deleted')),
  add constraint claim_that_is_paid_says_so check (paid_by is null or state in ('authorized', 'paid')),
  add constraint claim_is_authorized_by_a_payment check (state <> 'authorized' or paid_by is not null),
  add constraint claim_that_nobody_opened_is_not_held check (state <> 'created' or held_by is null);

create table checkouts (
  shard            smallint not null,
  id               uuid not null, -- also that of its claim
  merchant_id      uuid not null,
  type             text not null,
  payment_type     text not null,
  order_no         text,
  is_order_no_unique boolean not null, -- as the merchant's setting was when it was made
  currency         text not null,
  amount           bigint not null, -- minor units; nothing where a card is only kept
  pg_codes         jsonb not null, -- the codes of the merchant's gateway accounts that the payer may choose
  customer_id      text,
  language         text not null,
  redirect_url     text,
  webhook_url      text,
  details          jsonb not null, -- whatever else was said
  initiator        jsonb, -- the user who made it
  short_code       text, -- of a short address
  cash_code        text, -- the account by which the payer chose cash
  invalidated_because text,
  due_at           timestamptz not null,
  expires_at       timestamptz not null,
  expiry_due_at    timestamptz, -- when the job is to look whether it has expired; null when it has looked
  deleted_at       timestamptz, -- hidden, and can be brought back
  created_at       timestamptz not null,
  constraint checkouts_pkey primary key (shard, id),
  constraint checkout_belongs_to_a_merchant foreign key (shard, merchant_id) references merchants (shard, id),
  constraint checkout_has_a_claim foreign key (shard, id) references claims (shard, id),
  constraint checkout_type_is_known check (type in ('e_commerce', 'payment_request')),
  constraint checkout_payment_type_is_known check (payment_type in ('one_off', 'auto_debit', 'save_card')),
  constraint checkout_is_free_only_to_keep_a_card check (amount > 0 or (amount = 0 and payment_type = 'save_card')),
  constraint checkout_keeps_a_card_for_nothing check (payment_type <> 'save_card' or amount = 0),
  constraint checkout_language_is_known check (language in ('en', 'ar')),
  constraint checkout_names_accounts check (jsonb_typeof(pg_codes) = 'array' and jsonb_array_length(pg_codes) > 0),
  constraint checkout_short_code_is_unique unique (shard, short_code)
);
create index checkouts_of_a_merchant on checkouts (shard, merchant_id, id);
create unique index order_no_is_used_once on checkouts (shard, merchant_id, order_no) where is_order_no_unique;
create index checkouts_by_order_no on checkouts (shard, merchant_id, order_no, id) where order_no is not null;
create index checkouts_to_expire on checkouts (shard, expiry_due_at) where expiry_due_at is not null;
create index checkouts_of_a_customer on checkouts (shard, merchant_id, customer_id, id) where customer_id is not null;

-- One try to pay a checkout: what is shown of it beside its payment.
create table checkout_attempts (
  shard        smallint not null,
  payment_id   uuid not null,
  checkout_id  uuid not null,
  merchant_id  uuid not null,
  try_id       uuid not null, -- names the filled-in form, and makes the reference number
  pg_code      text not null,
  card         jsonb, -- brand, first six and last four digits, expiry, holder
  created_at   timestamptz not null,
  constraint checkout_attempts_pkey primary key (shard, payment_id),
  constraint checkout_attempt_is_of_a_checkout foreign key (shard, checkout_id) references checkouts (shard, id),
  constraint a_form_is_one_attempt unique (shard, checkout_id, try_id),
  constraint checkout_attempt_has_no_card_number check (card is null or not card ?| array['number', 'pan', 'cvv'])
);
create index attempts_of_a_checkout on checkout_attempts (shard, checkout_id, payment_id);

-- Kept cards as customers of the Operations face have them.
create table saved_cards (
  shard            smallint not null,
  registration_id  uuid not null,
  merchant_id      uuid not null,
  customer_id      text not null,
  pg_code          text not null,
  is_sandbox       boolean not null,
  agreement_id     text, -- charged without the customer under this agreement, and then not to be deleted
  created_at       timestamptz not null,
  constraint saved_cards_pkey primary key (shard, registration_id),
  constraint saved_card_is_a_registration foreign key (shard, registration_id) references registrations (shard, id)
);
create index saved_cards_of_a_customer on saved_cards (shard, merchant_id, customer_id, registration_id);

-- What was said with a capture, refund or void on the Operations face.
create table child_transactions (
  shard         smallint not null,
  operation_id  uuid not null,
  merchant_id   uuid not null,
  parent_id     uuid not null, -- of the checkout, or of the payment where there is none
  tracking_key  text,
  initiator     jsonb, -- the user who asked for it
  extra         jsonb,
  source        text not null,
  created_at    timestamptz not null,
  constraint child_transactions_pkey primary key (shard, operation_id),
  constraint child_source_is_known check (source in ('input', 'dashboard', 'pg')),
  constraint child_tracking_key_fits check (tracking_key is null or length(tracking_key) between 1 and 128)
);
create index children_of_a_parent on child_transactions (shard, parent_id, operation_id);

-- Which operation a Tracking-Key stands for. One that failed for certain leaves its key free.
create table tracking_keys (
  shard         smallint not null,
  merchant_id   uuid not null,
  key           text not null,
  operation_id  uuid not null,
  constraint tracking_keys_pkey primary key (shard, merchant_id, key),
  constraint tracking_key_fits check (length(key) between 1 and 128)
);

-- How often somebody has asked gateways about a session, and a merchant about all of its own.
create table inquiry_counts (
  shard    smallint not null,
  id       uuid not null,
  count    integer not null,
  since    timestamptz not null,
  last_at  timestamptz not null,
  constraint inquiry_counts_pkey primary key (shard, id),
  constraint inquiries_are_counted check (count > 0 and last_at >= since)
);
