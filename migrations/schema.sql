-- What the migrations make together, as the catalog of a migrated database says it: to read, not to run.
-- A test compares it. After a new migration: npm test -- test/verify/generated.test.ts -u

create table account_transfers (
  shard                  smallint not null,
  id                     uuid not null,
  client_id              uuid not null,
  source_account_id      uuid not null,
  destination_account_id uuid not null,
  asset                  text not null,
  amount                 bigint not null,
  ref_id                 text not null,
  description            text,
  xid                    text,
  xmetadata              jsonb,
  created_at             timestamp with time zone not null,
  constraint account_transfers_pkey primary key (shard, id),
  constraint account_transfer_accounts_differ check (source_account_id <> destination_account_id),
  constraint account_transfer_amount_is_positive check (amount > 0)
);
create index account_transfers_by_destination on account_transfers (shard, destination_account_id, created_at desc, id desc);
create index account_transfers_by_source on account_transfers (shard, source_account_id, created_at desc, id desc);

create table accounts (
  shard           smallint not null,
  id              uuid not null,
  kind            text not null,
  owner_id        uuid not null,
  currency        text not null,
  rule            text not null,
  debits_pending  bigint default 0 not null,
  debits_posted   bigint default 0 not null,
  credits_pending bigint default 0 not null,
  credits_posted  bigint default 0 not null,
  seq             bigint default 0 not null,
  constraint accounts_pkey primary key (shard, id),
  constraint account_currency_is_part_of_its_key unique (shard, id, currency),
  constraint one_account_per_kind_owner_and_currency unique (shard, kind, owner_id, currency),
  constraint account_counters_are_not_negative check (debits_pending >= 0 and debits_posted >= 0 and credits_pending >= 0 and credits_posted >= 0 and seq >= 0),
  constraint account_has_no_overcredit check (rule <> 'credits_must_not_exceed_debits' or (credits_pending + credits_posted) <= debits_posted),
  constraint account_has_no_overdraft check (rule <> 'debits_must_not_exceed_credits' or (debits_pending + debits_posted) <= credits_posted),
  constraint account_rule_is_known check (rule = any (array['none', 'debits_must_not_exceed_credits', 'credits_must_not_exceed_debits']))
) with (fillfactor=50);

create table agreements (
  shard           smallint not null,
  payment_id      uuid not null,
  merchant_id     uuid not null,
  registration_id uuid not null,
  currency        text not null,
  created_at      timestamp with time zone not null,
  cancelled_at    timestamp with time zone,
  constraint agreements_pkey primary key (shard, payment_id),
  constraint agreement_charges_a_kept_card foreign key (shard, registration_id) references registrations(shard, id),
  constraint agreement_is_made_by_a_payment foreign key (shard, payment_id) references payments(shard, id)
);
create index agreements_of_a_registration on agreements (shard, registration_id);

create table api_keys (
  shard       smallint not null,
  id          uuid not null,
  merchant_id uuid not null,
  name        text not null,
  secret_hmac bytea not null,
  expires_at  timestamp with time zone,
  revoked_at  timestamp with time zone,
  created_at  timestamp with time zone default now() not null,
  constraint api_keys_pkey primary key (shard, id),
  constraint api_key_is_one_of_a_kind unique (shard, secret_hmac),
  constraint api_key_belongs_to_a_merchant foreign key (shard, merchant_id) references merchants(shard, id),
  constraint api_key_has_a_name check (length(name) >= 1 and length(name) <= 50)
);

create table attachment_files (
  shard         smallint not null,
  attachment_id uuid not null,
  bytes         bytea not null,
  constraint attachment_files_pkey primary key (shard, attachment_id),
  constraint attachment_file_is_of_an_attachment foreign key (shard, attachment_id) references attachments(shard, id) on delete cascade,
  constraint attachment_file_fits check (octet_length(bytes) >= 1 and octet_length(bytes) <= 2621440)
);

create table attachments (
  shard        smallint not null,
  id           uuid not null,
  merchant_id  uuid not null,
  filename     text not null,
  media_type   text not null,
  uses         integer not null,
  forgotten_at timestamp with time zone,
  created_at   timestamp with time zone not null,
  constraint attachments_pkey primary key (shard, id),
  constraint attachment_belongs_to_a_merchant foreign key (shard, merchant_id) references merchants(shard, id),
  constraint attachment_in_use_is_not_forgotten check (forgotten_at is null or uses = 0),
  constraint attachment_name_fits check (length(filename) >= 1 and length(filename) <= 100),
  constraint attachment_name_is_no_path check (filename !~ '[/\\[:cntrl:]]'),
  constraint attachment_type_is_known check (media_type = any (array['application/pdf', 'image/jpeg', 'image/png', 'application/msword', 'application/vnd.ms-excel', 'text/plain', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'])),
  constraint attachment_uses_are_counted check (uses >= 0)
);
create index attachments_out_of_use on attachments (shard, created_at) where uses = 0;

create table audit_entries (
  shard          smallint not null,
  id             uuid not null,
  merchant_id    uuid not null,
  actor_kind     text not null,
  actor_id       text not null,
  actor_name     text not null,
  action         text not null,
  object_id      uuid not null,
  result         text not null,
  remote_address text not null,
  data           jsonb not null,
  created_at     timestamp with time zone not null,
  constraint audit_entries_pkey primary key (shard, id),
  constraint audit_actor_is_known check (actor_kind = any (array['api-key', 'user'])),
  constraint audit_result_is_known check (result = any (array['done', 'begun']))
);
create index audit_of_a_merchant on audit_entries (shard, merchant_id, created_at, id);
create index audit_of_an_object on audit_entries (shard, object_id, created_at, id);

create table bindings (
  shard       smallint not null,
  id          uuid not null,
  merchant_id uuid not null,
  card_id     uuid not null,
  token       uuid not null,
  status      text not null,
  created_at  timestamp with time zone not null,
  bound_at    timestamp with time zone,
  constraint bindings_pkey primary key (shard, id),
  constraint a_merchant_binds_a_card_once unique (shard, merchant_id, card_id),
  constraint binding_token_is_unique unique (shard, token),
  constraint binding_has_a_card foreign key (shard, card_id) references cards(shard, id),
  constraint binding_status_is_known check (status = any (array['pending', 'bound'])),
  constraint bound_and_only_bound_has_a_time check ((status = 'bound') = (bound_at is not null))
);
create index bindings_of_a_card on bindings (shard, card_id);

create table business_clock (
  shard          smallint not null,
  offset_seconds bigint not null,
  constraint business_clock_pkey primary key (shard),
  constraint business_clock_runs_ahead check (offset_seconds >= 0)
);

create table card_accounts (
  shard              smallint not null,
  id                 uuid not null,
  client_id          uuid not null,
  account_type       text not null,
  currency           text not null,
  name               text,
  identity_type      text,
  phone_number       text,
  email              text,
  backing_account_id uuid,
  credit_limit       bigint,
  xid                text,
  xmetadata          jsonb,
  created_at         timestamp with time zone not null,
  constraint card_accounts_pkey primary key (shard, id),
  constraint card_account_credit_limit_is_not_negative check (credit_limit >= 0),
  constraint card_account_type_is_known check (account_type = any (array['prepaid', 'asset-link', 'fixed-limit']))
);
create index card_accounts_of_a_client on card_accounts (shard, client_id, created_at desc, id desc);

create table card_pins (
  shard   smallint not null,
  card_id uuid not null,
  digest  bytea not null,
  constraint card_pins_pkey primary key (shard, card_id),
  constraint pin_belongs_to_a_card foreign key (shard, card_id) references cards(shard, id)
);

create table card_products (
  shard      smallint not null,
  id         uuid not null,
  client_id  uuid not null,
  name       text not null,
  card_type  text not null,
  network    text not null,
  bin        text not null,
  image_url  text not null,
  created_at timestamp with time zone not null,
  constraint card_products_pkey primary key (shard, id),
  constraint card_product_bin_is_six_to_eight_digits check (bin ~ '^[0-9]{6,8}$')
);

create table card_transactions (
  shard              smallint not null,
  id                 uuid not null,
  client_id          uuid not null,
  card_account_id    uuid not null,
  card_id            uuid,
  payment_id         uuid,
  ref_id             text not null,
  status             text not null,
  intent             text not null,
  entry_type         text not null,
  currency           text not null,
  amount             bigint not null,
  gross_amount       bigint not null,
  description        text,
  card_last4         text,
  card_embossed_name text,
  auth_details       jsonb,
  merchant           jsonb,
  xid                text,
  xmetadata          jsonb,
  created_at         timestamp with time zone not null,
  posted_at          timestamp with time zone,
  constraint card_transactions_pkey primary key (shard, id),
  constraint card_transaction_amount_is_not_negative check (amount >= 0 and gross_amount >= 0),
  constraint card_transaction_entry_type_is_known check (entry_type = any (array['CREDIT', 'DEBIT'])),
  constraint card_transaction_intent_is_known check (intent = any (array['charge', 'refund', 'topup', 'withdraw', 'transfer', 'repay', 'cashback', 'interest', 'fee', 'other'])),
  constraint card_transaction_status_is_known check (status = any (array['pending', 'posted', 'declined', 'void'])),
  constraint posted_and_only_posted_has_a_posting_time check ((status = 'posted') = (posted_at is not null))
) with (fillfactor=90);
create index card_transactions_of_an_account on card_transactions (shard, card_account_id, created_at desc, id desc);

create table cards (
  shard                    smallint not null,
  id                       uuid not null,
  client_id                uuid not null,
  card_account_id          uuid not null,
  product_id               uuid not null,
  currency                 text not null,
  type                     text not null,
  status                   text not null,
  embossed_name            text not null,
  last4                    text not null,
  expiry_month             integer not null,
  expiry_year              integer not null,
  mobile                   text,
  email                    text,
  single_transaction_limit bigint,
  daily_limit              bigint,
  daily_purchase_limit     bigint,
  card_present_limit       bigint,
  card_not_present_limit   bigint,
  card_limit               bigint,
  spent_on                 date,
  spent_today              bigint not null,
  spent_in_total           bigint not null,
  xid                      text,
  xmetadata                jsonb,
  created_at               timestamp with time zone not null,
  constraint cards_pkey primary key (shard, id),
  constraint card_belongs_to_an_account foreign key (shard, card_account_id) references card_accounts(shard, id),
  constraint card_has_a_product foreign key (shard, product_id) references card_products(shard, id),
  constraint card_expires_in_a_month check (expiry_month >= 1 and expiry_month <= 12),
  constraint card_spending_is_not_negative check (spent_today >= 0 and spent_in_total >= 0),
  constraint card_status_is_known check (status = any (array['active', 'pending-issue', 'pending-activation', 'locked', 'suspended', 'cancelled'])),
  constraint card_type_is_known check (type = any (array['virtual', 'physical']))
) with (fillfactor=80);
create index cards_by_what_is_printed on cards (shard, product_id, last4);
create index cards_of_a_client on cards (shard, client_id, created_at desc, id desc);
create index cards_of_an_account on cards (shard, card_account_id, created_at desc, id desc);

create table cases (
  shard        smallint not null,
  id           uuid not null,
  kind         text not null,
  payment_id   uuid not null,
  operation_id uuid not null,
  merchant_id  uuid not null,
  summary      text not null,
  opened_at    timestamp with time zone not null,
  closed_at    timestamp with time zone,
  resolution   text,
  constraint cases_pkey primary key (shard, id),
  constraint case_is_about_an_operation foreign key (shard, operation_id) references operations(shard, id),
  constraint case_is_closed_with_a_resolution check ((closed_at is null) = (resolution is null)),
  constraint case_kind_is_known check (kind = any (array['unknown', 'late_truth', 'contradiction', 'surplus']))
);
create index cases_of_an_operation on cases (shard, operation_id);
create index cases_open on cases (shard, opened_at) where closed_at is null;

create table challenges (
  shard        smallint not null,
  subject_id   uuid not null,
  kind         text not null,
  id           uuid not null,
  digest       bytea not null,
  parameters   bytea,
  attempts     integer not null,
  attempts_max integer not null,
  status       text not null,
  expires_at   timestamp with time zone not null,
  created_at   timestamp with time zone not null,
  constraint challenges_pkey primary key (shard, subject_id, kind),
  constraint challenge_id_is_unique unique (shard, id),
  constraint challenge_attempts_are_limited check (attempts >= 0 and attempts <= attempts_max),
  constraint challenge_kind_is_known check (kind = any (array['binding-code', 'purchase-code', '3ds-code', 'login'])),
  constraint challenge_status_is_known check (status = any (array['open', 'used', 'blocked']))
) with (fillfactor=80);

create table checkout_attempts (
  shard       smallint not null,
  payment_id  uuid not null,
  checkout_id uuid not null,
  merchant_id uuid not null,
  try_id      uuid not null,
  pg_code     text not null,
  card        jsonb,
  created_at  timestamp with time zone not null,
  language    text default 'en' not null,
  constraint checkout_attempts_pkey primary key (shard, payment_id),
  constraint a_form_is_one_attempt unique (shard, checkout_id, try_id),
  constraint checkout_attempt_is_of_a_checkout foreign key (shard, checkout_id) references checkouts(shard, id),
  constraint attempt_language_is_known check (language = any (array['en', 'ar'])),
  constraint checkout_attempt_has_no_card_number check (card is null or not card ?| array['number', 'pan', 'cvv'])
);
create index attempts_of_a_checkout on checkout_attempts (shard, checkout_id, payment_id);

create table checkout_invoices (
  shard             smallint not null,
  merchant_id       uuid not null,
  invoice_number    text not null,
  checkout_id       uuid not null,
  due_date          date not null,
  company_name      text,
  items             jsonb not null,
  terms             jsonb not null,
  subtotal          bigint not null,
  discount          bigint not null,
  total_excl_tax    bigint not null,
  tax_amount        bigint not null,
  shipping_excl_tax bigint not null,
  shipping_incl_tax bigint not null,
  total_incl_tax    bigint not null,
  created_at        timestamp with time zone not null,
  constraint checkout_invoices_pkey primary key (shard, merchant_id, invoice_number),
  constraint a_checkout_has_one_invoice unique (shard, checkout_id),
  constraint checkout_invoice_is_of_a_checkout foreign key (shard, checkout_id) references checkouts(shard, id),
  constraint checkout_invoice_adds_up check (total_excl_tax = (subtotal - discount) and total_incl_tax = (total_excl_tax + tax_amount + shipping_incl_tax)),
  constraint checkout_invoice_asks_for_something check (total_incl_tax > 0),
  constraint checkout_invoice_discount_is_part_of_its_subtotal check (discount >= 0 and discount <= subtotal),
  constraint checkout_invoice_has_items check (jsonb_typeof(items) = 'array' and jsonb_array_length(items) > 0),
  constraint checkout_invoice_number_fits check (length(invoice_number) >= 1 and length(invoice_number) <= 255),
  constraint checkout_invoice_taxes_are_not_negative check (tax_amount >= 0 and shipping_excl_tax >= 0 and shipping_excl_tax <= shipping_incl_tax)
);

create table checkouts (
  shard               smallint not null,
  id                  uuid not null,
  merchant_id         uuid not null,
  type                text not null,
  payment_type        text not null,
  order_no            text,
  is_order_no_unique  boolean not null,
  currency            text not null,
  amount              bigint not null,
  pg_codes            jsonb not null,
  customer_id         text,
  language            text not null,
  redirect_url        text,
  webhook_url         text,
  details             jsonb not null,
  initiator           jsonb,
  short_code          text,
  cash_code           text,
  invalidated_because text,
  due_at              timestamp with time zone not null,
  expires_at          timestamp with time zone not null,
  expiry_due_at       timestamp with time zone,
  deleted_at          timestamp with time zone,
  created_at          timestamp with time zone not null,
  constraint checkouts_pkey primary key (shard, id),
  constraint checkout_short_code_is_unique unique (shard, short_code),
  constraint checkout_belongs_to_a_merchant foreign key (shard, merchant_id) references merchants(shard, id),
  constraint checkout_has_a_claim foreign key (shard, id) references claims(shard, id),
  constraint checkout_short_code_is_taken foreign key (shard, short_code) references short_codes(shard, code),
  constraint checkout_is_free_only_to_keep_a_card check (amount > 0 or amount = 0 and payment_type = 'save_card'),
  constraint checkout_keeps_a_card_for_nothing check (payment_type <> 'save_card' or amount = 0),
  constraint checkout_language_is_known check (language = any (array['en', 'ar'])),
  constraint checkout_names_accounts check (jsonb_typeof(pg_codes) = 'array' and jsonb_array_length(pg_codes) > 0),
  constraint checkout_payment_type_is_known check (payment_type = any (array['one_off', 'auto_debit', 'save_card'])),
  constraint checkout_type_is_known check (type = any (array['e_commerce', 'payment_request']))
);
create index checkouts_by_order_no on checkouts (shard, merchant_id, order_no, id) where order_no is not null;
create index checkouts_of_a_customer on checkouts (shard, merchant_id, customer_id, id) where customer_id is not null;
create index checkouts_of_a_merchant on checkouts (shard, merchant_id, id);
create index checkouts_to_expire on checkouts (shard, expiry_due_at) where expiry_due_at is not null;
create unique index order_no_is_used_once on checkouts (shard, merchant_id, order_no) where is_order_no_unique;

create table child_transactions (
  shard        smallint not null,
  operation_id uuid not null,
  merchant_id  uuid not null,
  parent_id    uuid not null,
  tracking_key text,
  initiator    jsonb,
  extra        jsonb,
  source       text not null,
  created_at   timestamp with time zone not null,
  constraint child_transactions_pkey primary key (shard, operation_id),
  constraint child_source_is_known check (source = any (array['input', 'dashboard', 'pg'])),
  constraint child_tracking_key_fits check (tracking_key is null or length(tracking_key) >= 1 and length(tracking_key) <= 128)
);
create index children_of_a_parent on child_transactions (shard, parent_id, operation_id);

create table claims (
  shard       smallint not null,
  id          uuid not null,
  held_by     uuid,
  paid_by     uuid,
  state       text not null,
  is_last_try boolean not null,
  constraint claims_pkey primary key (shard, id),
  constraint claim_is_authorized_by_a_payment check (state <> 'authorized' or paid_by is not null),
  constraint claim_state_is_known check (state = any (array['created', 'pending', 'attempted', 'authorized', 'paid', 'cod', 'failed', 'canceled', 'expired', 'invalided', 'deleted'])),
  constraint claim_that_is_paid_says_so check (paid_by is null or (state = any (array['authorized', 'paid']))),
  constraint claim_that_nobody_opened_is_not_held check (state <> 'created' or held_by is null)
);

create table clients (
  shard      smallint not null,
  id         uuid not null,
  name       text not null,
  created_at timestamp with time zone not null,
  constraint clients_pkey primary key (shard, id),
  constraint client_has_a_name check (length(name) >= 1 and length(name) <= 256)
);

create table credentials (
  shard          smallint not null,
  id             uuid not null,
  principal_kind text not null,
  principal_id   uuid not null,
  merchant_id    uuid generated always as ( case principal_kind when 'merchant' then principal_id else null::uuid end) stored,
  client_id      uuid generated always as ( case principal_kind when 'client' then principal_id else null::uuid end) stored,
  username       text not null,
  secret_hmac    bytea not null,
  access_key     uuid not null,
  public_key     text not null,
  created_at     timestamp with time zone not null,
  revoked_at     timestamp with time zone,
  constraint credentials_pkey primary key (shard, id),
  constraint access_key_names_one_credential unique (shard, access_key),
  constraint username_names_one_credential unique (shard, username),
  constraint client_of_credential_exists foreign key (shard, client_id) references clients(shard, id),
  constraint merchant_of_credential_exists foreign key (shard, merchant_id) references merchants(shard, id),
  constraint credential_belongs_to_a_merchant_or_a_client check (principal_kind = any (array['merchant', 'client'])),
  constraint credential_is_not_revoked_before_it_is_made check (revoked_at >= created_at),
  constraint public_key_is_pem check (public_key ~~ '-----BEGIN PUBLIC KEY-----%'),
  constraint secret_is_kept_as_a_sha256 check (octet_length(secret_hmac) = 32),
  constraint username_fits_into_basic_authentication check (username ~ '^[A-Za-z0-9._-]{1,64}$')
);
create index credentials_of_a_principal on credentials (shard, principal_kind, principal_id);

create table delivery_streams (
  shard    smallint not null,
  owner_id uuid not null,
  sequence bigint not null,
  kind     text not null,
  constraint delivery_streams_pkey primary key (shard, owner_id, kind),
  constraint stream_is_of_what_is_counted_for_its_owner check (kind = any (array['callback', 'notice']))
);

create table event_cursors (
  shard          smallint not null,
  consumer       text not null,
  transaction_id xid8 not null,
  event_id       uuid not null,
  constraint event_cursors_pkey primary key (shard, consumer)
);

create table events (
  shard          smallint not null,
  id             uuid not null,
  type           text not null,
  owner_id       uuid not null,
  subject_id     uuid not null,
  data           jsonb not null,
  created_at     timestamp with time zone not null,
  transaction_id xid8 default pg_current_xact_id() not null,
  constraint events_pkey primary key (shard, transaction_id, id)
);

create table funding_accounts (
  shard          smallint not null,
  id             uuid not null,
  client_id      uuid not null,
  name           text not null,
  account_number text not null,
  assets         jsonb not null,
  description    text,
  xid            text,
  xmetadata      jsonb,
  created_at     timestamp with time zone not null,
  constraint funding_accounts_pkey primary key (shard, id),
  constraint funding_account_number_is_unique unique (shard, account_number),
  constraint funding_account_name_has_at_most_128_characters check (length(name) >= 1 and length(name) <= 128)
);
create index funding_accounts_of_a_client on funding_accounts (shard, client_id, created_at desc, id desc);

create table gateway_accounts (
  shard                      smallint not null,
  id                         uuid not null,
  merchant_id                uuid not null,
  code                       text not null,
  connector                  text not null,
  currency                   text not null,
  mode                       text not null,
  terminal_id                text not null,
  brands                     jsonb,
  priority                   integer not null,
  is_sandbox                 boolean not null,
  can_have_multiple_attempts boolean not null,
  base_url                   text not null,
  sealed_credentials         bytea not null,
  is_active                  boolean not null,
  created_at                 timestamp with time zone default now() not null,
  name                       text not null,
  operations                 jsonb,
  is_routed                  boolean not null,
  fee                        jsonb,
  rates                      jsonb not null,
  constraint gateway_accounts_pkey primary key (shard, id),
  constraint gateway_account_code_is_unique_for_its_merchant unique (shard, merchant_id, code),
  constraint gateway_account_belongs_to_a_merchant foreign key (shard, merchant_id) references merchants(shard, id),
  constraint gateway_account_code_is_readable check (code ~ '^[a-z0-9][a-z0-9_-]{0,63}$'),
  constraint gateway_account_fee_is_an_object check (fee is null or jsonb_typeof(fee) = 'object'),
  constraint gateway_account_mode_is_known check (mode = any (array['purchase', 'authorize'])),
  constraint gateway_account_rates_are_a_list check (jsonb_typeof(rates) = 'array'),
  constraint gateway_account_terminal_is_up_to_six_digits check (terminal_id ~ '^[0-9]{1,6}$'),
  constraint what_costs_more_is_chosen_by_name check (not is_routed or fee is null and rates = '[]'::jsonb)
);

create table gateway_exchanges (
  shard        smallint not null,
  id           uuid not null,
  operation_id uuid not null,
  at           timestamp with time zone default now() not null,
  request      text not null,
  status       integer,
  response     text,
  error        text,
  duration_ms  integer not null,
  constraint gateway_exchanges_pkey primary key (shard, id),
  constraint gateway_exchange_has_a_status_or_an_error check ((status is null) = (error is not null))
);
create index exchanges_of_an_operation on gateway_exchanges (shard, operation_id, at);

create table gateway_notifications (
  shard              smallint not null,
  id                 uuid not null,
  gateway_account_id uuid not null,
  event_id           text not null,
  operation_id       uuid not null,
  state              text default 'waiting' not null,
  received_at        timestamp with time zone not null,
  charge_id          uuid,
  amount             bigint,
  currency           text,
  constraint gateway_notifications_pkey primary key (shard, id),
  constraint a_notification_is_taken_once unique (shard, gateway_account_id, event_id),
  constraint gateway_notification_state_is_known check (state = any (array['waiting', 'applied', 'orphaned'])),
  constraint notified_refund_is_of_a_charge check ((charge_id is null) = (amount is null) and (amount is null) = (currency is null) and (amount is null or amount > 0))
);
create index gateway_notifications_waiting on gateway_notifications (shard, received_at) where state = 'waiting';

create table gateway_references (
  shard              smallint not null,
  gateway_account_id uuid not null,
  gateway_reference  text not null,
  operation_id       uuid not null,
  constraint gateway_references_pkey primary key (shard, gateway_account_id, gateway_reference)
);

create table idempotency_keys (
  shard       smallint not null,
  scope       text not null,
  key         text not null,
  fingerprint bytea not null,
  result      text not null,
  created_at  timestamp with time zone not null,
  constraint idempotency_keys_pkey primary key (shard, scope, key)
);
create index idempotency_keys_by_age on idempotency_keys using brin (created_at);

create table inquiry_counts (
  shard   smallint not null,
  id      uuid not null,
  count   integer not null,
  since   timestamp with time zone not null,
  last_at timestamp with time zone not null,
  constraint inquiry_counts_pkey primary key (shard, id),
  constraint inquiries_are_counted check (count > 0 and last_at >= since)
);

create table invoice_counters (
  shard       smallint not null,
  merchant_id uuid not null,
  last        bigint not null,
  constraint invoice_counters_pkey primary key (shard, merchant_id),
  constraint invoices_are_counted_upwards check (last > 0)
) with (fillfactor=80);

create table invoices (
  shard               smallint not null,
  id                  uuid not null,
  merchant_id         uuid not null,
  merchant_invoice_id text not null,
  number              bigint not null,
  currency            text not null,
  amount              bigint not null,
  description         text not null,
  customer_name       text,
  customer_email      text,
  customer_phone      text,
  redirect_url        text not null,
  notification_url    text,
  terminal_id         text,
  terms               bytea not null,
  life_hours          integer not null,
  link_id             uuid not null,
  link_digest         bytea not null,
  mailed_at           timestamp with time zone,
  expires_at          timestamp with time zone not null,
  cancelled_at        timestamp with time zone,
  created_at          timestamp with time zone not null,
  constraint invoices_pkey primary key (shard, id),
  constraint invoice_link_is_of_one_invoice unique (shard, link_digest),
  constraint merchant_counts_its_invoices unique (shard, merchant_id, number),
  constraint merchant_names_an_invoice_once unique (shard, merchant_id, merchant_invoice_id),
  constraint invoice_is_of_a_merchant foreign key (shard, merchant_id) references merchants(shard, id),
  constraint invoice_amount_is_positive check (amount > 0),
  constraint invoice_email_is_one_line check (customer_email !~ '[[:cntrl:]]'),
  constraint invoice_expires_after_it_is_created check (expires_at > created_at),
  constraint invoice_is_not_mailed_without_an_address check (mailed_at is null or customer_email is not null),
  constraint invoice_link_is_kept_as_a_sha256 check (octet_length(link_digest) = 32),
  constraint invoice_lives_some_hours check (life_hours > 0),
  constraint invoice_name_is_one_line check (merchant_invoice_id !~ '[[:cntrl:]]' and length(merchant_invoice_id) >= 1 and length(merchant_invoice_id) <= 100),
  constraint invoice_number_is_positive check (number > 0),
  constraint invoice_terms_are_a_sha256 check (octet_length(terms) = 32)
) with (fillfactor=80);
create index invoices_of_a_merchant on invoices (shard, merchant_id, created_at desc, id desc);

create table lane_marks (
  shard   smallint not null,
  lane_id uuid not null,
  batch   bigint not null,
  constraint lane_marks_pkey primary key (shard, lane_id)
) with (fillfactor=50);

create table members (
  shard                smallint not null,
  id                   uuid not null,
  number               bigint not null,
  merchant_id          uuid not null,
  partner_id           uuid not null,
  username             text not null,
  sealed_key           bytea not null,
  sealed_previous_key  bytea,
  previous_key_ends_at timestamp with time zone,
  token_version        integer default 0 not null,
  requires_hmac        boolean default false not null,
  allows_md5           boolean default true not null,
  is_active            boolean default true not null,
  date_order           text default 'MM/DD/YYYY' not null,
  time_zone            text default 'UTC' not null,
  inquiry_code         text default '00026' not null,
  legacy_http_200      boolean default false not null,
  created_at           timestamp with time zone not null,
  constraint members_pkey primary key (shard, id),
  constraint member_number_names_one_member unique (shard, number),
  constraint member_username_is_unique_to_its_partner unique (shard, partner_id, username),
  constraint merchant_is_one_member unique (shard, merchant_id),
  constraint member_has_a_partner foreign key (shard, partner_id) references partners(shard, id),
  constraint member_is_a_merchant foreign key (shard, merchant_id) references merchants(shard, id),
  constraint member_date_order_is_known check (date_order = any (array['MM/DD/YYYY', 'DD/MM/YYYY'])),
  constraint member_inquiry_code_is_known check (inquiry_code = any (array['00026', '00001'])),
  constraint member_number_has_ten_digits_at_most check (number >= 1 and number <= '9999999999'::bigint),
  constraint member_previous_key_ends check ((sealed_previous_key is null) = (previous_key_ends_at is null)),
  constraint member_proves_requests_somehow check (requires_hmac or allows_md5),
  constraint member_time_zone_is_named check (length(time_zone) >= 1 and length(time_zone) <= 64),
  constraint member_token_version_only_counts_up check (token_version >= 0),
  constraint member_username_is_short check (username ~ '^[A-Za-z0-9._@-]{1,64}$')
);

create table merchant_settings (
  shard                   smallint not null,
  merchant_id             uuid not null,
  sealed_hmac_key         bytea not null,
  reference_prefix        text not null,
  operations_webhook_url  text,
  notifies_api_operations boolean not null,
  plugins                 jsonb not null,
  unique_order_no         boolean not null,
  is_paused               boolean not null,
  timeout_ms              integer not null,
  tries                   integer not null,
  backoff_ms              integer not null,
  notify_on_error         boolean not null,
  emails                  jsonb not null,
  expires_by_itself       boolean not null,
  constraint merchant_settings_pkey primary key (shard, merchant_id),
  constraint settings_belong_to_a_merchant foreign key (shard, merchant_id) references merchants(shard, id),
  constraint merchant_emails_are_a_list check (jsonb_typeof(emails) = 'array'),
  constraint merchant_has_settings_for_both_types_of_checkout check (jsonb_typeof(plugins) = 'object' and plugins ?& array['e_commerce', 'payment_request']),
  constraint merchant_is_tried_again_within_a_minute check (backoff_ms >= 0 and backoff_ms <= 60000),
  constraint merchant_is_tried_ten_times_at_most check (tries >= 1 and tries <= 10),
  constraint merchant_waits_for_an_answer_twenty_seconds_at_most check (timeout_ms >= 1 and timeout_ms <= 20000),
  constraint reference_prefix_is_short_and_upper_case check (reference_prefix ~ '^[A-Z0-9]{2,6}$'),
  constraint told_states_are_known check (coalesce(nullif(plugins #> '{e_commerce,states}'[], 'null'::jsonb), '[]'::jsonb) <@ '["paid", "failed", "authorized", "canceled"]'::jsonb and coalesce(nullif(plugins #> '{payment_request,states}'[], 'null'::jsonb), '[]'::jsonb) <@ '["paid", "failed", "authorized", "canceled"]'::jsonb)
);

create table merchants (
  shard      smallint not null,
  id         uuid not null,
  name       text not null,
  mcc        text not null,
  category   text not null,
  country    text not null,
  created_at timestamp with time zone not null,
  constraint merchants_pkey primary key (shard, id),
  constraint merchant_category_code_is_four_digits check (mcc ~ '^[0-9]{4}$'),
  constraint merchant_category_is_named check (length(category) >= 1 and length(category) <= 256),
  constraint merchant_country_is_two_letters check (country ~ '^[A-Z]{2}$'),
  constraint merchant_has_a_name check (length(name) >= 1 and length(name) <= 256)
);

create table message_deliveries (
  shard      smallint not null,
  message_id uuid not null,
  attempts   integer not null,
  due_at     timestamp with time zone not null,
  sent_at    timestamp with time zone,
  failed_at  timestamp with time zone,
  last_error text,
  constraint message_deliveries_pkey primary key (shard, message_id),
  constraint message_delivery_is_of_a_message foreign key (shard, message_id) references messages(shard, id),
  constraint message_is_sent_or_given_up check (sent_at is null or failed_at is null)
);

create table messages (
  shard        smallint not null,
  id           uuid not null,
  challenge_id uuid,
  kind         text not null,
  channel      text not null,
  recipient    text not null,
  created_at   timestamp with time zone not null,
  subject_id   uuid,
  link_id      uuid,
  event        text,
  operation_id uuid,
  constraint messages_pkey primary key (shard, id),
  constraint message_about_a_payment_says_what_happened check ((kind = 'payment') = (event is not null)),
  constraint message_by_whatsapp_is_about_a_payment check (channel <> 'whatsapp' or kind = 'payment'),
  constraint message_channel_is_known check (channel = any (array['sms', 'email', 'whatsapp'])),
  constraint message_event_is_known check (event = any (array['created', 'paid', 'canceled', 'failed', 'expired', 'authorized', 'voided', 'refunded', 'captured'])),
  constraint message_kind_is_known check (kind = any (array['binding-code', 'purchase-code', '3ds-code', 'login', 'invoice', 'invoice-reminder', 'invoice-cancelled', 'delivery-failed', 'payment'])),
  constraint message_names_the_operation_where_one_was_done check ( case when event = any (array['authorized', 'voided', 'refunded', 'captured']) then operation_id is not null when event is distinct from 'paid' then operation_id is null else true end),
  constraint message_recipient_is_one_line check (recipient !~ '[[:cntrl:]]'),
  constraint message_with_a_code_names_its_challenge check ((kind = any (array['binding-code', 'purchase-code', '3ds-code', 'login'])) = (challenge_id is not null)),
  constraint message_with_a_link_names_it check ((kind = any (array['invoice', 'invoice-reminder'])) = (link_id is not null)),
  constraint message_without_a_code_names_its_subject check ((challenge_id is null) = (subject_id is not null))
);
create index emails_by_age on messages (shard, created_at) where channel = 'email';
create index invoice_emails_by_age on messages (shard, created_at) where channel = 'email' and challenge_id is null;
create index messages_about_a_payment on messages (shard, subject_id) where kind = 'payment';
create index messages_to_a_recipient on messages (shard, recipient, created_at desc, id desc);

create table operations (
  shard              smallint not null,
  id                 uuid not null,
  payment_id         uuid not null,
  merchant_id        uuid not null,
  kind               text not null,
  attempt            integer not null,
  gateway_account_id uuid,
  amount             bigint not null,
  currency           text not null,
  state              text not null,
  gateway_reference  text,
  approval_code      text,
  eci                text,
  code               text,
  message            text,
  redirect           jsonb,
  reason             text not null,
  looks              integer not null,
  doubt              text,
  doubted_at         timestamp with time zone,
  next_look_at       timestamp with time zone,
  settled_by         text,
  settled_at         timestamp with time zone,
  created_at         timestamp with time zone not null,
  constraint operations_pkey primary key (shard, id),
  constraint operation_belongs_to_a_payment foreign key (shard, payment_id) references payments(shard, id),
  constraint operation_amount_is_positive check (amount > 0),
  constraint operation_attempt_is_positive check (attempt > 0),
  constraint operation_doubt_has_a_beginning check ((doubt is null) = (doubted_at is null)),
  constraint operation_doubt_is_known check (doubt = any (array['not_found', 'declined'])),
  constraint operation_is_settled_by_somebody check (settled_by = any (array['answer', 'inquiry', 'person', 'issuer', 'payer', 'clock'])),
  constraint operation_is_settled_when_it_is_over check ((state = any (array['approved', 'declined', 'not_sent', 'not_done'])) = (settled_at is not null) and (settled_at is null) = (settled_by is null)),
  constraint operation_kind_is_known check (kind = any (array['authorize', 'purchase', 'capture', 'void', 'refund', 'payout'])),
  constraint operation_looks_are_counted check (looks >= 0),
  constraint operation_state_is_known check (state = any (array['calling', 'redirected', 'pending', 'unknown', 'approved', 'declined', 'not_sent', 'not_done']))
) with (fillfactor=80);
create unique index a_payment_is_authorized_once on operations (shard, payment_id) where (kind = any (array['authorize', 'purchase', 'payout'])) and state = 'approved';
create index operations_of_a_payment on operations (shard, payment_id);
create index operations_to_look_at on operations (shard, next_look_at) where next_look_at is not null;

create table order_numbers (
  shard       smallint not null,
  merchant_id uuid not null,
  last        bigint not null,
  constraint order_numbers_pkey primary key (shard, merchant_id),
  constraint order_number_has_ten_digits check (last >= 1 and last <= '9999999999'::bigint)
) with (fillfactor=50);

create table orders (
  shard                   smallint not null,
  merchant_id             uuid not null,
  merchant_transaction_id text not null,
  payment_id              uuid not null,
  number                  bigint not null,
  details                 jsonb not null,
  created_at              timestamp with time zone not null,
  constraint a_merchant_transaction_id_is_used_once primary key (shard, merchant_id, merchant_transaction_id),
  constraint an_order_is_of_one_payment unique (shard, payment_id),
  constraint an_order_number_is_used_once unique (shard, merchant_id, number),
  constraint order_belongs_to_a_payment foreign key (shard, payment_id) references payments(shard, id),
  constraint merchant_transaction_id_is_one_line check (merchant_transaction_id !~ '[[:cntrl:]]' and length(merchant_transaction_id) >= 1 and length(merchant_transaction_id) <= 100)
);
create index orders_of_a_merchant on orders (shard, merchant_id, created_at desc, number desc);

create table partners (
  shard         smallint not null,
  id            uuid not null,
  number        bigint not null,
  username      text not null,
  sealed_key    bytea not null,
  token_version integer default 0 not null,
  is_active     boolean default true not null,
  created_at    timestamp with time zone not null,
  constraint partners_pkey primary key (shard, id),
  constraint partner_number_names_one_partner unique (shard, number),
  constraint partner_username_names_one_partner unique (shard, username),
  constraint partner_number_has_ten_digits_at_most check (number >= 1 and number <= '9999999999'::bigint),
  constraint partner_token_version_only_counts_up check (token_version >= 0),
  constraint partner_username_is_short check (username ~ '^[A-Za-z0-9._@-]{1,64}$')
);

create table payments (
  shard               smallint not null,
  id                  uuid not null,
  merchant_id         uuid not null,
  origin              text not null,
  state               text not null,
  currency            text not null,
  amount              bigint not null,
  authorized          bigint not null,
  captured            bigint not null,
  refunded            bigint not null,
  payer_currency      text not null,
  rate_numerator      bigint not null,
  rate_denominator    bigint not null,
  payer_authorized    bigint not null,
  payer_captured      bigint not null,
  payer_refunded      bigint not null,
  client_id           uuid,
  card_account_id     uuid,
  card_id             uuid,
  binding_token       uuid,
  card_transaction_id uuid,
  hold_id             uuid,
  exchange_hold_id    uuid,
  ref_id              text not null,
  description         text not null,
  authorized_on       date,
  expires_at          timestamp with time zone not null,
  created_at          timestamp with time zone not null,
  direction           text not null,
  gateway_account_id  uuid,
  refund_reserved     bigint not null,
  open_operation_id   uuid,
  claim_id            uuid,
  source_payment_id   uuid,
  paid_out            bigint not null,
  version             bigint not null,
  fee                 bigint not null,
  taken_before        bigint not null,
  payer_taken_before  bigint not null,
  constraint payments_pkey primary key (shard, id),
  constraint payment_ref_id_is_unique unique (shard, ref_id),
  constraint payer_gets_back_at_most_what_was_paid check (payer_refunded >= 0 and payer_refunded <= payer_captured),
  constraint payer_pays_at_most_what_was_held check (payer_captured >= 0 and payer_captured <= payer_authorized),
  constraint payment_amount_is_positive check (amount > 0),
  constraint payment_authorizes_at_most_its_amount_and_fee check (authorized >= 0 and authorized <= (amount + fee)),
  constraint payment_captures_at_most_what_was_authorized check (captured >= 0 and captured <= authorized),
  constraint payment_direction_is_known check (direction = any (array['charge', 'payout'])),
  constraint payment_fee_is_not_negative check (fee >= 0),
  constraint payment_holds_what_is_not_captured check (taken_before >= 0 and taken_before <= captured and payer_taken_before >= 0 and payer_taken_before <= payer_captured),
  constraint payment_holds_what_it_authorized check (hold_id is not null or authorized = 0),
  constraint payment_is_not_refunded_and_paid_out check (paid_out >= 0 and (paid_out = 0 or (refunded + refund_reserved + paid_out) <= least(captured, amount))),
  constraint payment_is_of_a_card_or_of_a_gateway check (num_nonnulls(card_id, gateway_account_id) = 1 or state = 'declined' and num_nonnulls(card_id, gateway_account_id) = 0),
  constraint payment_of_a_card_knows_its_account check (num_nonnulls(card_id, client_id, card_account_id, card_transaction_id, authorized_on) = any (array[0, 5])),
  constraint payment_origin_is_known check (origin = any (array['partner-connect', 'network', 'transaction-services', 'operations'])),
  constraint payment_rate_is_positive check (rate_numerator > 0 and rate_denominator > 0),
  constraint payment_refunds_at_most_what_was_captured check (refunded >= 0 and refund_reserved >= 0 and (refunded + refund_reserved) <= captured),
  constraint payment_state_agrees_with_its_direction check (state = 'declined' or (direction = 'payout') = (state = any (array['paying', 'paid']))),
  constraint payment_state_agrees_with_its_totals check ( case when state = any (array['authorized', 'capturing', 'voiding']) then captured < authorized when state = 'paying' then authorized > 0 and captured = 0 when state = any (array['authorizing', 'voided']) then captured = 0 when state = any (array['declined', 'canceled']) then authorized = 0 and captured = 0 when state = any (array['captured', 'paid']) then captured > 0 and refunded < least(captured, amount) when state = 'refunded' then captured > 0 and refunded >= least(captured, amount) else null::boolean end),
  constraint payment_state_is_known check (state = any (array['authorizing', 'authorized', 'capturing', 'voiding', 'captured', 'voided', 'refunded', 'declined', 'canceled', 'paying', 'paid']))
) with (fillfactor=80);
create index payments_awaiting_expiry on payments (shard, expires_at) where state = 'authorized';
create index payments_of_a_card on payments (shard, card_id);
create index payments_of_a_claim on payments (shard, claim_id) where claim_id is not null;
create index payments_of_a_merchant on payments (shard, merchant_id, id);

create table refunds (
  shard        smallint not null,
  id           uuid not null,
  payment_id   uuid not null,
  amount       bigint not null,
  payer_amount bigint not null,
  description  text not null,
  reason       text not null,
  created_at   timestamp with time zone not null,
  constraint refunds_pkey primary key (shard, id),
  constraint refund_belongs_to_a_payment foreign key (shard, payment_id) references payments(shard, id),
  constraint refund_amount_is_positive check (amount > 0 and payer_amount >= 0)
);
create index refunds_of_a_payment on refunds (shard, payment_id);

create table registrations (
  shard        smallint not null,
  id           uuid not null,
  merchant_id  uuid not null,
  token        text not null,
  payment_id   uuid,
  brand        text not null,
  mode         text not null,
  bin          text not null,
  last4        text not null,
  expiry_month integer not null,
  expiry_year  integer not null,
  holder       text,
  is_hidden    boolean not null,
  created_at   timestamp with time zone not null,
  deleted_at   timestamp with time zone,
  constraint registrations_pkey primary key (shard, id),
  constraint registration_token_is_unique unique (shard, token),
  constraint registration_expires_in_a_month check (expiry_month >= 1 and expiry_month <= 12),
  constraint registration_token_is_long check (token ~ '^[A-Za-z0-9]{32}$')
);
create index registrations_of_a_payment on registrations (shard, payment_id) where payment_id is not null;

create table saved_cards (
  shard           smallint not null,
  registration_id uuid not null,
  merchant_id     uuid not null,
  customer_id     text not null,
  pg_code         text not null,
  is_sandbox      boolean not null,
  agreement_id    text,
  created_at      timestamp with time zone not null,
  constraint saved_cards_pkey primary key (shard, registration_id),
  constraint saved_card_is_a_registration foreign key (shard, registration_id) references registrations(shard, id)
);
create index saved_cards_of_a_customer on saved_cards (shard, merchant_id, customer_id, registration_id);

create table secure_links (
  shard      smallint not null,
  id         uuid not null,
  card_id    uuid not null,
  expires_at timestamp with time zone not null,
  opened_at  timestamp with time zone,
  constraint secure_links_pkey primary key (shard, id),
  constraint secure_link_shows_a_card foreign key (shard, card_id) references cards(shard, id)
);

create table short_codes (
  shard      smallint not null,
  code       text not null,
  kind       text not null,
  target_id  uuid not null,
  created_at timestamp with time zone not null,
  constraint short_codes_pkey primary key (shard, code),
  constraint short_code_is_six_letters_or_digits check (code ~ '^[A-HJ-NP-Za-km-z2-9]{6}$'),
  constraint short_code_kind_is_known check (kind = any (array['checkout', 'attachment']))
);

create table tracking_keys (
  shard        smallint not null,
  merchant_id  uuid not null,
  key          text not null,
  operation_id uuid not null,
  constraint tracking_keys_pkey primary key (shard, merchant_id, key),
  constraint tracking_key_fits check (length(key) >= 1 and length(key) <= 128)
);

create table transfers (
  shard             smallint not null,
  id                uuid not null,
  kind              text not null,
  fact              text not null,
  operation_id      uuid not null,
  debit_account_id  uuid not null,
  credit_account_id uuid not null,
  currency          text not null,
  amount            bigint not null,
  pending_id        uuid,
  debit_seq         bigint not null,
  credit_seq        bigint not null,
  debit_balance     bigint not null,
  credit_balance    bigint not null,
  created_at        timestamp with time zone not null,
  constraint transfers_pkey primary key (shard, id),
  constraint credit_account_sees_each_seq_once unique (shard, credit_account_id, credit_seq),
  constraint debit_account_sees_each_seq_once unique (shard, debit_account_id, debit_seq),
  constraint credit_account_has_the_currency foreign key (shard, credit_account_id, currency) references accounts(shard, id, currency),
  constraint debit_account_has_the_currency foreign key (shard, debit_account_id, currency) references accounts(shard, id, currency),
  constraint resolved_transfer_exists foreign key (shard, pending_id) references transfers(shard, id),
  constraint transfer_accounts_differ check (debit_account_id <> credit_account_id),
  constraint transfer_amount_is_positive check (amount > 0),
  constraint transfer_kind_is_known check (kind = any (array['posted', 'pending', 'post_pending', 'void_pending'])),
  constraint transfer_resolves_a_hold_or_none check ((kind = any (array['post_pending', 'void_pending'])) = (pending_id is not null))
);
create unique index a_hold_is_resolved_once on transfers (shard, pending_id) where pending_id is not null;

create table used_tokens (
  shard      smallint not null,
  id         uuid not null,
  expires_at timestamp with time zone not null,
  constraint used_tokens_pkey primary key (shard, id)
);
create index used_tokens_by_age on used_tokens (shard, expires_at);

create table users (
  shard              smallint not null,
  id                 uuid not null,
  merchant_id        uuid not null,
  number             integer not null,
  username           text not null,
  username_key       text not null,
  password_hash      text not null,
  credential_version integer default 1 not null,
  email              text not null,
  first_name         text not null,
  last_name          text not null,
  phone              text not null,
  is_active          boolean not null,
  is_superadmin      boolean not null,
  permissions        jsonb not null,
  created_at         timestamp with time zone default now() not null,
  constraint users_pkey primary key (shard, id),
  constraint user_number_is_unique_for_his_merchant unique (shard, merchant_id, number),
  constraint usernames_differ_in_more_than_case unique (shard, username_key),
  constraint user_belongs_to_a_merchant foreign key (shard, merchant_id) references merchants(shard, id),
  constraint user_number_is_positive check (number > 0),
  constraint user_permissions_are_a_list check (jsonb_typeof(permissions) = 'array'),
  constraint username_can_be_sent check (length(username) >= 1 and length(username) <= 150 and username !~ '[[:space:][:cntrl:]:]')
);

create table velocity (
  shard             smallint not null,
  subject           text not null,
  window_started_at timestamp with time zone not null,
  count             integer not null,
  constraint velocity_pkey primary key (shard, subject),
  constraint velocity_count_is_not_negative check (count >= 0)
) with (fillfactor=80);

create table webhook_attempts (
  shard         smallint not null,
  id            uuid not null,
  delivery_id   uuid not null,
  at            timestamp with time zone default now() not null,
  status        integer,
  response_body text,
  error         text,
  duration_ms   integer not null,
  constraint webhook_attempts_pkey primary key (shard, id),
  constraint attempt_is_of_a_delivery foreign key (shard, delivery_id) references webhook_deliveries(shard, id),
  constraint attempt_has_a_status_or_an_error check ((status is null) = (error is not null)),
  constraint attempt_keeps_the_start_of_the_answer check (char_length(response_body) <= 4096)
);
create index attempts_of_a_delivery on webhook_attempts (shard, delivery_id, at);

create table webhook_deliveries (
  shard          smallint not null,
  id             uuid not null,
  endpoint_id    uuid not null,
  event_id       uuid not null,
  part           smallint not null,
  message_id     uuid not null,
  subject_id     uuid not null,
  event_name     text not null,
  body           text not null,
  sequence       bigint not null,
  state          text default 'pending' not null,
  attempts       integer default 0 not null,
  due_at         timestamp with time zone default now() not null,
  last_status    integer,
  last_error     text,
  created_at     timestamp with time zone default date_trunc('milliseconds', now()) not null,
  delivered_at   timestamp with time zone,
  owner_id       uuid not null,
  owner_sequence bigint,
  object_id      text,
  object_version bigint,
  replays        integer default 0 not null,
  replayed_at    timestamp with time zone,
  kind           text not null,
  constraint webhook_deliveries_pkey primary key (shard, id),
  constraint endpoint_is_told_each_part_of_an_event_once unique (shard, endpoint_id, event_id, part),
  constraint endpoint_sees_each_sequence_once unique (shard, endpoint_id, sequence),
  constraint owner_sees_each_sequence_of_a_kind_once unique (shard, owner_id, kind, owner_sequence),
  constraint delivery_goes_to_an_endpoint_of_its_owner_and_kind foreign key (shard, endpoint_id, owner_id, kind) references webhook_endpoints(shard, id, owner_id, kind),
  constraint delivery_is_counted_for_its_owner_unless_it_is_a_webhook check ((kind = 'webhook') = (owner_sequence is null)),
  constraint delivery_is_delivered_at_some_time check ((state = 'delivered') = (delivered_at is not null)),
  constraint delivery_state_is_known check (state = any (array['pending', 'delivered', 'failed'])),
  constraint delivery_tells_a_version_of_an_object check ((object_id is null) = (object_version is null)),
  constraint replayed_delivery_was_replayed_at_some_time check (replays >= 0 and (replays = 0) = (replayed_at is null))
);
create index deliveries_of_an_owner on webhook_deliveries (shard, owner_id, created_at, id);
create index deliveries_waiting_about_a_subject on webhook_deliveries (shard, endpoint_id, subject_id, sequence) where state = 'pending';
create index deliveries_waiting_for_an_endpoint on webhook_deliveries (shard, endpoint_id, (replays > 0), sequence) where state = 'pending';
create index notices_about_a_subject on webhook_deliveries (shard, endpoint_id, subject_id, sequence) where kind = 'notice';

create table webhook_endpoints (
  shard      smallint not null,
  id         uuid not null,
  owner_id   uuid not null,
  name       text not null,
  url        text not null,
  events     jsonb not null,
  created_at timestamp with time zone not null,
  removed_at timestamp with time zone,
  kind       text not null,
  constraint webhook_endpoints_pkey primary key (shard, id),
  constraint webhook_has_one_owner_and_kind unique (shard, id, owner_id, kind),
  constraint callback_endpoint_is_not_removed check (kind = 'webhook' or removed_at is null),
  constraint webhook_is_not_removed_before_it_is_created check (removed_at >= created_at),
  constraint webhook_kind_is_known check (kind = any (array['webhook', 'callback', 'notice'])),
  constraint webhook_listens_to_a_list_of_events check (jsonb_typeof(events) = 'array')
);
create index webhook_endpoints_of_an_owner on webhook_endpoints (shard, owner_id, kind, created_at, id);

create table webhook_health (
  shard             smallint not null,
  endpoint_id       uuid not null,
  status            text default 'created' not null,
  sequence          bigint default 0 not null,
  failures          integer default 0 not null,
  wake_at           timestamp with time zone,
  leased_until      timestamp with time zone,
  last_success_at   timestamp with time zone,
  last_failure_at   timestamp with time zone,
  failing_since     timestamp with time zone,
  suspended_because text,
  failure_mailed_at timestamp with time zone,
  constraint webhook_health_pkey primary key (shard, endpoint_id),
  constraint webhook_health_is_of_an_endpoint foreign key (shard, endpoint_id) references webhook_endpoints(shard, id),
  constraint failing_webhook_has_failed_since_some_time check ((failures > 0) = (failing_since is not null)),
  constraint suspended_webhook_has_a_reason check ((status = 'error') = (suspended_because is not null) and (suspended_because = any (array['failing', 'gone']))),
  constraint suspended_webhook_is_not_woken check (status <> 'error' or wake_at is null),
  constraint webhook_failures_are_not_negative check (failures >= 0),
  constraint webhook_health_status_is_known check (status = any (array['created', 'healthy', 'unhealthy', 'error']))
);
create index webhooks_to_wake on webhook_health (shard, wake_at) where wake_at is not null;

create table xids (
  shard         smallint not null,
  client_id     uuid not null,
  xid           text not null,
  resource_type text not null,
  resource_id   uuid not null,
  constraint xids_pkey primary key (shard, client_id, xid),
  constraint xid_has_at_most_256_characters check (length(xid) >= 1 and length(xid) <= 256)
);

create table sandbox_gateway.accounts (
  id          text not null,
  signing_key bytea not null,
  created_at  timestamp with time zone not null,
  constraint accounts_pkey primary key (id)
);

create table sandbox_gateway.cards (
  account_id   text not null,
  reference    text not null,
  token        text not null,
  last4        text,
  brand        text,
  expiry_month smallint,
  expiry_year  smallint,
  behavior     jsonb,
  created_at   timestamp with time zone not null,
  forgotten_at timestamp with time zone,
  constraint cards_pkey primary key (account_id, reference),
  constraint card_token_is_one_of_a_kind unique (token),
  constraint card_is_of_an_account foreign key (account_id) references sandbox_gateway.accounts(id),
  constraint card_expires_in_a_month check (expiry_month >= 1 and expiry_month <= 12),
  constraint card_is_whole_until_it_is_forgotten check (num_nulls(last4, brand, expiry_month, expiry_year, behavior) = case when forgotten_at is null then 0 else 5 end),
  constraint card_shows_four_digits check (last4 ~ '^[0-9]{4}$')
);

create table sandbox_gateway.census (
  mode  smallint not null,
  fired bigint not null,
  constraint census_pkey primary key (mode)
);

create table sandbox_gateway.challenges (
  id         text not null,
  account_id text not null,
  reference  text not null,
  code       text not null,
  tries_left smallint not null,
  return_url text not null,
  expires_at timestamp with time zone not null,
  closed_at  timestamp with time zone,
  constraint challenges_pkey primary key (id),
  constraint operation_is_challenged_once unique (account_id, reference),
  constraint challenge_is_of_an_operation foreign key (account_id, reference) references sandbox_gateway.operations(account_id, reference),
  constraint challenge_tries_are_not_negative check (tries_left >= 0)
);
create index challenges_that_expire on sandbox_gateway.challenges (expires_at) where closed_at is null;

create table sandbox_gateway.faults (
  id                 uuid not null,
  mode               smallint not null,
  remaining          integer,
  rate               double precision,
  operation          text,
  merchant_reference text,
  gateway_account    text,
  created_at         timestamp with time zone not null,
  constraint faults_pkey primary key (id),
  constraint fault_count_is_not_negative check (remaining >= 0),
  constraint fault_has_a_count_or_a_rate check ((remaining is null) <> (rate is null)),
  constraint fault_mode_is_known check (mode >= 1 and mode <= 24),
  constraint fault_rate_is_a_probability check (rate > 0::double precision and rate <= 1::double precision)
);

create table sandbox_gateway.notifications (
  id         uuid not null,
  account_id text not null,
  reference  text not null,
  url        text not null,
  copies     smallint default 1 not null,
  attempts   smallint default 0 not null,
  due_at     timestamp with time zone,
  arrived_at timestamp with time zone,
  constraint notifications_pkey primary key (id),
  constraint notification_is_of_an_operation foreign key (account_id, reference) references sandbox_gateway.operations(account_id, reference)
);
create index notifications_that_are_due on sandbox_gateway.notifications (due_at) where due_at is not null;

create table sandbox_gateway.operations (
  account_id         text not null,
  reference          text not null,
  operation          text not null,
  parent_reference   text,
  amount             bigint not null,
  currency           text not null,
  state              text not null,
  decline_code       text,
  decline_message    text,
  gateway_id         text not null,
  approval_code      text,
  eci                text,
  captured           bigint default 0 not null,
  refunded           bigint default 0 not null,
  is_closed          boolean default false not null,
  card_last4         text,
  card_behavior      text,
  decides_at         timestamp with time zone,
  decides_to         text,
  hidden_until       timestamp with time zone,
  is_flipping        boolean default false not null,
  attempts           integer default 1 not null,
  fingerprint        bytea not null,
  notification_url   text,
  merchant_reference text,
  caller_account     text,
  caller_code        text,
  created_at         timestamp with time zone not null,
  is_final           boolean default true not null,
  constraint operations_pkey primary key (account_id, reference),
  constraint follow_up_is_of_a_charge foreign key (account_id, parent_reference) references sandbox_gateway.operations(account_id, reference),
  constraint operation_is_of_an_account foreign key (account_id) references sandbox_gateway.accounts(id),
  constraint captured_is_at_most_the_amount check (captured >= 0 and captured <= amount),
  constraint declined_operation_has_a_code check (state <> 'declined' or decline_code is not null),
  constraint operation_amount_is_positive check (amount > 0),
  constraint operation_is_known check (operation = any (array['authorize', 'purchase', 'capture', 'void', 'refund', 'payout'])),
  constraint operation_state_is_known check (state = any (array['approved', 'declined', 'pending', 'challenged'])),
  constraint pending_operation_ends check ((state = 'pending') = (decides_at is not null and decides_to is not null)),
  constraint refunded_is_at_most_captured check (refunded >= 0 and refunded <= captured)
);
create unique index charge_is_voided_once on sandbox_gateway.operations (account_id, parent_reference) where operation = 'void' and state <> 'declined';
create index operations_in_order on sandbox_gateway.operations (created_at, reference);
create index operations_that_decide_later on sandbox_gateway.operations (decides_at) where state = 'pending';

create table vault.data_keys (
  shard          smallint not null,
  id             uuid not null,
  wrapped        bytea not null,
  kek_id         text not null,
  is_taking_over boolean default false not null,
  created_at     timestamp with time zone default now() not null,
  retired_at     timestamp with time zone,
  constraint data_key_is_known_by_its_id primary key (shard, id),
  constraint data_key_is_not_retired_before_it_is_made check (retired_at >= created_at),
  constraint data_key_names_the_key_that_wraps_it check (kek_id <> ''),
  constraint wrapped_data_key_is_nonce_key_and_tag check (octet_length(wrapped) = 60)
);
create unique index one_data_key_seals_at_a_time on vault.data_keys (shard) where retired_at is null;

create table vault.key_checks (
  name  text not null,
  value bytea not null,
  constraint key_is_checked_by_its_name primary key (name),
  constraint key_check_is_a_sha256 check (octet_length(value) = 32)
);

create table vault.pans (
  shard       smallint not null,
  id          uuid not null,
  data_key_id uuid not null,
  sealed      bytea not null,
  blind_index bytea not null,
  last4       text not null,
  created_at  timestamp with time zone default now() not null,
  purpose     text not null,
  constraint card_has_one_number primary key (shard, id),
  constraint number_is_sealed_under_a_data_key foreign key (shard, data_key_id) references vault.data_keys(shard, id),
  constraint blind_index_is_a_sha256 check (octet_length(blind_index) = 32),
  constraint last4_is_four_digits check (last4 ~ '^[0-9]{4}$'),
  constraint number_is_issued_or_kept check (purpose = any (array['issued', 'kept'])),
  constraint sealed_number_is_nonce_digits_and_tag check (octet_length(sealed) >= 40 and octet_length(sealed) <= 47)
);
create unique index number_is_issued_once on vault.pans (shard, blind_index) where purpose = 'issued';
