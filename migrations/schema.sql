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
  constraint account_transfers_pkey PRIMARY KEY (shard, id),
  constraint account_transfer_accounts_differ CHECK (source_account_id <> destination_account_id),
  constraint account_transfer_amount_is_positive CHECK (amount > 0)
);
CREATE INDEX account_transfers_by_destination ON account_transfers USING btree (shard, destination_account_id, created_at DESC, id DESC);
CREATE INDEX account_transfers_by_source ON account_transfers USING btree (shard, source_account_id, created_at DESC, id DESC);

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
  constraint accounts_pkey PRIMARY KEY (shard, id),
  constraint account_currency_is_part_of_its_key UNIQUE (shard, id, currency),
  constraint one_account_per_kind_owner_and_currency UNIQUE (shard, kind, owner_id, currency),
  constraint account_counters_are_not_negative CHECK (debits_pending >= 0 AND debits_posted >= 0 AND credits_pending >= 0 AND credits_posted >= 0 AND seq >= 0),
  constraint account_has_no_overcredit CHECK (rule <> 'credits_must_not_exceed_debits'::text OR (credits_pending + credits_posted) <= debits_posted),
  constraint account_has_no_overdraft CHECK (rule <> 'debits_must_not_exceed_credits'::text OR (debits_pending + debits_posted) <= credits_posted),
  constraint account_rule_is_known CHECK (rule = ANY (ARRAY['none'::text, 'debits_must_not_exceed_credits'::text, 'credits_must_not_exceed_debits'::text]))
) with (fillfactor=50);

create table bindings (
  shard       smallint not null,
  id          uuid not null,
  merchant_id uuid not null,
  card_id     uuid not null,
  token       uuid not null,
  status      text not null,
  created_at  timestamp with time zone not null,
  bound_at    timestamp with time zone,
  constraint bindings_pkey PRIMARY KEY (shard, id),
  constraint a_merchant_binds_a_card_once UNIQUE (shard, merchant_id, card_id),
  constraint binding_token_is_unique UNIQUE (shard, token),
  constraint binding_has_a_card FOREIGN KEY (shard, card_id) REFERENCES cards(shard, id),
  constraint binding_status_is_known CHECK (status = ANY (ARRAY['pending'::text, 'bound'::text])),
  constraint bound_and_only_bound_has_a_time CHECK ((status = 'bound'::text) = (bound_at IS NOT NULL))
);
CREATE INDEX bindings_of_a_card ON bindings USING btree (shard, card_id);

create table business_clock (
  shard          smallint not null,
  offset_seconds bigint not null,
  constraint business_clock_pkey PRIMARY KEY (shard),
  constraint business_clock_runs_ahead CHECK (offset_seconds >= 0)
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
  constraint card_accounts_pkey PRIMARY KEY (shard, id),
  constraint card_account_credit_limit_is_not_negative CHECK (credit_limit >= 0),
  constraint card_account_type_is_known CHECK (account_type = ANY (ARRAY['prepaid'::text, 'asset-link'::text, 'fixed-limit'::text]))
);
CREATE INDEX card_accounts_of_a_client ON card_accounts USING btree (shard, client_id, created_at DESC, id DESC);

create table card_pins (
  shard   smallint not null,
  card_id uuid not null,
  digest  bytea not null,
  constraint card_pins_pkey PRIMARY KEY (shard, card_id),
  constraint pin_belongs_to_a_card FOREIGN KEY (shard, card_id) REFERENCES cards(shard, id)
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
  constraint card_products_pkey PRIMARY KEY (shard, id),
  constraint card_product_bin_is_six_to_eight_digits CHECK (bin ~ '^[0-9]{6,8}$'::text)
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
  constraint card_transactions_pkey PRIMARY KEY (shard, id),
  constraint card_transaction_amount_is_not_negative CHECK (amount >= 0 AND gross_amount >= 0),
  constraint card_transaction_entry_type_is_known CHECK (entry_type = ANY (ARRAY['CREDIT'::text, 'DEBIT'::text])),
  constraint card_transaction_intent_is_known CHECK (intent = ANY (ARRAY['charge'::text, 'refund'::text, 'topup'::text, 'withdraw'::text, 'transfer'::text, 'repay'::text, 'cashback'::text, 'interest'::text, 'fee'::text, 'other'::text])),
  constraint card_transaction_status_is_known CHECK (status = ANY (ARRAY['pending'::text, 'posted'::text, 'declined'::text, 'void'::text])),
  constraint posted_and_only_posted_has_a_posting_time CHECK ((status = 'posted'::text) = (posted_at IS NOT NULL))
) with (fillfactor=90);
CREATE INDEX card_transactions_of_an_account ON card_transactions USING btree (shard, card_account_id, created_at DESC, id DESC);

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
  constraint cards_pkey PRIMARY KEY (shard, id),
  constraint card_belongs_to_an_account FOREIGN KEY (shard, card_account_id) REFERENCES card_accounts(shard, id),
  constraint card_has_a_product FOREIGN KEY (shard, product_id) REFERENCES card_products(shard, id),
  constraint card_expires_in_a_month CHECK (expiry_month >= 1 AND expiry_month <= 12),
  constraint card_spending_is_not_negative CHECK (spent_today >= 0 AND spent_in_total >= 0),
  constraint card_status_is_known CHECK (status = ANY (ARRAY['active'::text, 'pending-issue'::text, 'pending-activation'::text, 'locked'::text, 'suspended'::text, 'cancelled'::text])),
  constraint card_type_is_known CHECK (type = ANY (ARRAY['virtual'::text, 'physical'::text]))
) with (fillfactor=80);
CREATE INDEX cards_of_a_client ON cards USING btree (shard, client_id, created_at DESC, id DESC);
CREATE INDEX cards_of_an_account ON cards USING btree (shard, card_account_id, created_at DESC, id DESC);

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
  constraint challenges_pkey PRIMARY KEY (shard, subject_id, kind),
  constraint challenge_id_is_unique UNIQUE (shard, id),
  constraint challenge_attempts_are_limited CHECK (attempts >= 0 AND attempts <= attempts_max),
  constraint challenge_kind_is_known CHECK (kind = ANY (ARRAY['binding-code'::text, 'purchase-code'::text])),
  constraint challenge_status_is_known CHECK (status = ANY (ARRAY['open'::text, 'used'::text, 'blocked'::text]))
) with (fillfactor=80);

create table clients (
  shard      smallint not null,
  id         uuid not null,
  name       text not null,
  created_at timestamp with time zone not null,
  constraint clients_pkey PRIMARY KEY (shard, id),
  constraint client_has_a_name CHECK (length(name) >= 1 AND length(name) <= 256)
);

create table credentials (
  shard          smallint not null,
  id             uuid not null,
  principal_kind text not null,
  principal_id   uuid not null,
  merchant_id    uuid generated always as ( CASE principal_kind WHEN 'merchant'::text THEN principal_id ELSE NULL::uuid END) stored,
  client_id      uuid generated always as ( CASE principal_kind WHEN 'client'::text THEN principal_id ELSE NULL::uuid END) stored,
  username       text not null,
  secret_hmac    bytea not null,
  access_key     uuid not null,
  public_key     text not null,
  created_at     timestamp with time zone not null,
  revoked_at     timestamp with time zone,
  constraint credentials_pkey PRIMARY KEY (shard, id),
  constraint access_key_names_one_credential UNIQUE (shard, access_key),
  constraint username_names_one_credential UNIQUE (shard, username),
  constraint client_of_credential_exists FOREIGN KEY (shard, client_id) REFERENCES clients(shard, id),
  constraint merchant_of_credential_exists FOREIGN KEY (shard, merchant_id) REFERENCES merchants(shard, id),
  constraint credential_belongs_to_a_merchant_or_a_client CHECK (principal_kind = ANY (ARRAY['merchant'::text, 'client'::text])),
  constraint credential_is_not_revoked_before_it_is_made CHECK (revoked_at >= created_at),
  constraint public_key_is_pem CHECK (public_key ~~ '-----BEGIN PUBLIC KEY-----%'::text),
  constraint secret_is_kept_as_a_sha256 CHECK (octet_length(secret_hmac) = 32),
  constraint username_fits_into_basic_authentication CHECK (username ~ '^[A-Za-z0-9._-]{1,64}$'::text)
);
CREATE INDEX credentials_of_a_principal ON credentials USING btree (shard, principal_kind, principal_id);

create table event_cursors (
  shard          smallint not null,
  consumer       text not null,
  transaction_id xid8 not null,
  event_id       uuid not null,
  constraint event_cursors_pkey PRIMARY KEY (shard, consumer)
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
  constraint events_pkey PRIMARY KEY (shard, transaction_id, id)
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
  constraint funding_accounts_pkey PRIMARY KEY (shard, id),
  constraint funding_account_number_is_unique UNIQUE (shard, account_number),
  constraint funding_account_name_has_at_most_128_characters CHECK (length(name) >= 1 AND length(name) <= 128)
);
CREATE INDEX funding_accounts_of_a_client ON funding_accounts USING btree (shard, client_id, created_at DESC, id DESC);

create table idempotency_keys (
  shard       smallint not null,
  scope       text not null,
  key         text not null,
  fingerprint bytea not null,
  result      text not null,
  created_at  timestamp with time zone not null,
  constraint idempotency_keys_pkey PRIMARY KEY (shard, scope, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys USING brin (created_at);

create table lane_marks (
  shard   smallint not null,
  lane_id uuid not null,
  batch   bigint not null,
  constraint lane_marks_pkey PRIMARY KEY (shard, lane_id)
) with (fillfactor=50);

create table merchants (
  shard      smallint not null,
  id         uuid not null,
  name       text not null,
  mcc        text not null,
  category   text not null,
  country    text not null,
  created_at timestamp with time zone not null,
  constraint merchants_pkey PRIMARY KEY (shard, id),
  constraint merchant_category_code_is_four_digits CHECK (mcc ~ '^[0-9]{4}$'::text),
  constraint merchant_category_is_named CHECK (length(category) >= 1 AND length(category) <= 256),
  constraint merchant_country_is_two_letters CHECK (country ~ '^[A-Z]{2}$'::text),
  constraint merchant_has_a_name CHECK (length(name) >= 1 AND length(name) <= 256)
);

create table message_deliveries (
  shard      smallint not null,
  message_id uuid not null,
  attempts   integer not null,
  due_at     timestamp with time zone not null,
  sent_at    timestamp with time zone,
  failed_at  timestamp with time zone,
  last_error text,
  constraint message_deliveries_pkey PRIMARY KEY (shard, message_id),
  constraint message_delivery_is_of_a_message FOREIGN KEY (shard, message_id) REFERENCES messages(shard, id),
  constraint message_is_sent_or_given_up CHECK (sent_at IS NULL OR failed_at IS NULL)
);

create table messages (
  shard        smallint not null,
  id           uuid not null,
  challenge_id uuid,
  kind         text not null,
  channel      text not null,
  recipient    text not null,
  created_at   timestamp with time zone not null,
  constraint messages_pkey PRIMARY KEY (shard, id),
  constraint message_channel_is_known CHECK (channel = ANY (ARRAY['sms'::text, 'email'::text]))
);
CREATE INDEX emails_by_age ON messages USING btree (shard, created_at) WHERE channel = 'email'::text;
CREATE INDEX messages_to_a_recipient ON messages USING btree (shard, recipient, created_at DESC, id DESC);

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
  client_id           uuid not null,
  card_account_id     uuid not null,
  card_id             uuid not null,
  binding_token       uuid,
  card_transaction_id uuid not null,
  hold_id             uuid not null,
  exchange_hold_id    uuid,
  ref_id              text not null,
  description         text not null,
  authorized_on       date not null,
  expires_at          timestamp with time zone not null,
  created_at          timestamp with time zone not null,
  constraint payments_pkey PRIMARY KEY (shard, id),
  constraint payment_ref_id_is_unique UNIQUE (shard, ref_id),
  constraint payer_gets_back_at_most_what_was_paid CHECK (payer_refunded >= 0 AND payer_refunded <= payer_captured),
  constraint payer_pays_at_most_what_was_held CHECK (payer_captured >= 0 AND payer_captured <= payer_authorized),
  constraint payment_amount_is_positive CHECK (amount > 0),
  constraint payment_authorizes_at_most_its_amount CHECK (authorized >= 0 AND authorized <= amount),
  constraint payment_captures_at_most_what_was_authorized CHECK (captured >= 0 AND captured <= authorized),
  constraint payment_origin_is_known CHECK (origin = ANY (ARRAY['partner-connect'::text, 'network'::text])),
  constraint payment_rate_is_positive CHECK (rate_numerator > 0 AND rate_denominator > 0),
  constraint payment_refunds_at_most_what_was_captured CHECK (refunded >= 0 AND refunded <= captured),
  constraint payment_state_agrees_with_its_totals CHECK ( CASE state WHEN 'authorized'::text THEN captured = 0 AND refunded = 0 WHEN 'voided'::text THEN captured = 0 AND refunded = 0 WHEN 'captured'::text THEN captured > 0 AND refunded < captured WHEN 'refunded'::text THEN captured > 0 AND refunded = captured ELSE NULL::boolean END),
  constraint payment_state_is_known CHECK (state = ANY (ARRAY['authorized'::text, 'captured'::text, 'voided'::text, 'refunded'::text]))
) with (fillfactor=80);
CREATE INDEX payments_awaiting_expiry ON payments USING btree (shard, expires_at) WHERE state = 'authorized'::text;
CREATE INDEX payments_of_a_card ON payments USING btree (shard, card_id);

create table refunds (
  shard        smallint not null,
  id           uuid not null,
  payment_id   uuid not null,
  amount       bigint not null,
  payer_amount bigint not null,
  description  text not null,
  reason       text not null,
  created_at   timestamp with time zone not null,
  constraint refunds_pkey PRIMARY KEY (shard, id),
  constraint refund_belongs_to_a_payment FOREIGN KEY (shard, payment_id) REFERENCES payments(shard, id),
  constraint refund_amount_is_positive CHECK (amount > 0 AND payer_amount >= 0)
);
CREATE INDEX refunds_of_a_payment ON refunds USING btree (shard, payment_id);

create table secure_links (
  shard      smallint not null,
  id         uuid not null,
  card_id    uuid not null,
  expires_at timestamp with time zone not null,
  opened_at  timestamp with time zone,
  constraint secure_links_pkey PRIMARY KEY (shard, id),
  constraint secure_link_shows_a_card FOREIGN KEY (shard, card_id) REFERENCES cards(shard, id)
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
  constraint transfers_pkey PRIMARY KEY (shard, id),
  constraint credit_account_sees_each_seq_once UNIQUE (shard, credit_account_id, credit_seq),
  constraint debit_account_sees_each_seq_once UNIQUE (shard, debit_account_id, debit_seq),
  constraint credit_account_has_the_currency FOREIGN KEY (shard, credit_account_id, currency) REFERENCES accounts(shard, id, currency),
  constraint debit_account_has_the_currency FOREIGN KEY (shard, debit_account_id, currency) REFERENCES accounts(shard, id, currency),
  constraint resolved_transfer_exists FOREIGN KEY (shard, pending_id) REFERENCES transfers(shard, id),
  constraint transfer_accounts_differ CHECK (debit_account_id <> credit_account_id),
  constraint transfer_amount_is_positive CHECK (amount > 0),
  constraint transfer_kind_is_known CHECK (kind = ANY (ARRAY['posted'::text, 'pending'::text, 'post_pending'::text, 'void_pending'::text])),
  constraint transfer_resolves_a_hold_or_none CHECK ((kind = ANY (ARRAY['post_pending'::text, 'void_pending'::text])) = (pending_id IS NOT NULL))
);
CREATE UNIQUE INDEX a_hold_is_resolved_once ON transfers USING btree (shard, pending_id) WHERE pending_id IS NOT NULL;

create table velocity (
  shard             smallint not null,
  subject           text not null,
  window_started_at timestamp with time zone not null,
  count             integer not null,
  constraint velocity_pkey PRIMARY KEY (shard, subject),
  constraint velocity_count_is_not_negative CHECK (count >= 0)
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
  constraint webhook_attempts_pkey PRIMARY KEY (shard, id),
  constraint attempt_is_of_a_delivery FOREIGN KEY (shard, delivery_id) REFERENCES webhook_deliveries(shard, id),
  constraint attempt_has_a_status_or_an_error CHECK ((status IS NULL) = (error IS NOT NULL)),
  constraint attempt_keeps_the_start_of_the_answer CHECK (char_length(response_body) <= 4096)
);
CREATE INDEX attempts_of_a_delivery ON webhook_attempts USING btree (shard, delivery_id, at);

create table webhook_deliveries (
  shard        smallint not null,
  id           uuid not null,
  endpoint_id  uuid not null,
  event_id     uuid not null,
  part         smallint not null,
  message_id   uuid not null,
  subject_id   uuid not null,
  event_name   text not null,
  body         text not null,
  sequence     bigint not null,
  state        text default 'pending'::text not null,
  attempts     integer default 0 not null,
  due_at       timestamp with time zone default now() not null,
  last_status  integer,
  last_error   text,
  created_at   timestamp with time zone default now() not null,
  delivered_at timestamp with time zone,
  constraint webhook_deliveries_pkey PRIMARY KEY (shard, id),
  constraint endpoint_is_told_each_part_of_an_event_once UNIQUE (shard, endpoint_id, event_id, part),
  constraint endpoint_sees_each_sequence_once UNIQUE (shard, endpoint_id, sequence),
  constraint delivery_goes_to_an_endpoint FOREIGN KEY (shard, endpoint_id) REFERENCES webhook_endpoints(shard, id),
  constraint delivery_is_delivered_at_some_time CHECK ((state = 'delivered'::text) = (delivered_at IS NOT NULL)),
  constraint delivery_state_is_known CHECK (state = ANY (ARRAY['pending'::text, 'delivered'::text, 'failed'::text]))
);
CREATE INDEX deliveries_waiting_about_a_subject ON webhook_deliveries USING btree (shard, endpoint_id, subject_id, sequence) WHERE state = 'pending'::text;
CREATE INDEX deliveries_waiting_for_an_endpoint ON webhook_deliveries USING btree (shard, endpoint_id, sequence) WHERE state = 'pending'::text;

create table webhook_endpoints (
  shard      smallint not null,
  id         uuid not null,
  owner_id   uuid not null,
  name       text not null,
  url        text not null,
  events     jsonb not null,
  created_at timestamp with time zone not null,
  removed_at timestamp with time zone,
  constraint webhook_endpoints_pkey PRIMARY KEY (shard, id),
  constraint webhook_is_not_removed_before_it_is_created CHECK (removed_at >= created_at),
  constraint webhook_listens_to_a_list_of_events CHECK (jsonb_typeof(events) = 'array'::text)
);
CREATE INDEX webhook_endpoints_of_an_owner ON webhook_endpoints USING btree (shard, owner_id, id);

create table webhook_health (
  shard           smallint not null,
  endpoint_id     uuid not null,
  status          text default 'created'::text not null,
  sequence        bigint default 0 not null,
  failures        integer default 0 not null,
  wake_at         timestamp with time zone,
  leased_until    timestamp with time zone,
  last_success_at timestamp with time zone,
  last_failure_at timestamp with time zone,
  constraint webhook_health_pkey PRIMARY KEY (shard, endpoint_id),
  constraint webhook_health_is_of_an_endpoint FOREIGN KEY (shard, endpoint_id) REFERENCES webhook_endpoints(shard, id),
  constraint suspended_webhook_is_not_woken CHECK (status <> 'error'::text OR wake_at IS NULL),
  constraint webhook_failures_are_not_negative CHECK (failures >= 0),
  constraint webhook_health_status_is_known CHECK (status = ANY (ARRAY['created'::text, 'healthy'::text, 'unhealthy'::text, 'error'::text]))
);
CREATE INDEX webhooks_to_wake ON webhook_health USING btree (shard, wake_at) WHERE wake_at IS NOT NULL;

create table xids (
  shard         smallint not null,
  client_id     uuid not null,
  xid           text not null,
  resource_type text not null,
  resource_id   uuid not null,
  constraint xids_pkey PRIMARY KEY (shard, client_id, xid),
  constraint xid_has_at_most_256_characters CHECK (length(xid) >= 1 AND length(xid) <= 256)
);

create table vault.data_keys (
  shard          smallint not null,
  id             uuid not null,
  wrapped        bytea not null,
  kek_id         text not null,
  is_taking_over boolean default false not null,
  created_at     timestamp with time zone default now() not null,
  retired_at     timestamp with time zone,
  constraint data_key_is_known_by_its_id PRIMARY KEY (shard, id),
  constraint data_key_is_not_retired_before_it_is_made CHECK (retired_at >= created_at),
  constraint data_key_names_the_key_that_wraps_it CHECK (kek_id <> ''::text),
  constraint wrapped_data_key_is_nonce_key_and_tag CHECK (octet_length(wrapped) = 60)
);
CREATE UNIQUE INDEX one_data_key_seals_at_a_time ON vault.data_keys USING btree (shard) WHERE retired_at IS NULL;

create table vault.key_checks (
  name  text not null,
  value bytea not null,
  constraint key_is_checked_by_its_name PRIMARY KEY (name),
  constraint key_check_is_a_sha256 CHECK (octet_length(value) = 32)
);

create table vault.pans (
  shard       smallint not null,
  id          uuid not null,
  data_key_id uuid not null,
  sealed      bytea not null,
  blind_index bytea not null,
  last4       text not null,
  created_at  timestamp with time zone default now() not null,
  constraint card_has_one_number PRIMARY KEY (shard, id),
  constraint number_belongs_to_one_card UNIQUE (shard, blind_index),
  constraint number_is_sealed_under_a_data_key FOREIGN KEY (shard, data_key_id) REFERENCES vault.data_keys(shard, id),
  constraint blind_index_is_a_sha256 CHECK (octet_length(blind_index) = 32),
  constraint last4_is_four_digits CHECK (last4 ~ '^[0-9]{4}$'::text),
  constraint sealed_number_is_nonce_digits_and_tag CHECK (octet_length(sealed) >= 40 AND octet_length(sealed) <= 47)
);
