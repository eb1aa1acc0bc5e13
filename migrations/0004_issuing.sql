-- Issuing: clients' accounts, card accounts, cards, their statement, merchants' bindings of cards, and one-time codes.

create table funding_accounts (
  shard          smallint not null,
  id             uuid not null,
  client_id      uuid not null,
  name           text not null,
  account_number text not null,
  assets         jsonb not null, -- array of asset codes
  description    text,
  xid            text,
  xmetadata      jsonb,
  created_at     timestamptz not null,
  constraint funding_accounts_pkey primary key (shard, id),
  constraint funding_account_number_is_unique unique (shard, account_number),
  constraint funding_account_name_has_at_most_128_characters check (length(name) between 1 and 128)
);
create index funding_accounts_of_a_client on funding_accounts (shard, client_id, created_at desc, id desc);

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
  created_at             timestamptz not null,
  constraint account_transfers_pkey primary key (shard, id),
  constraint account_transfer_amount_is_positive check (amount > 0),
  constraint account_transfer_accounts_differ check (source_account_id <> destination_account_id)
);
create index account_transfers_by_source on account_transfers (shard, source_account_id, created_at desc, id desc);
create index account_transfers_by_destination on account_transfers (shard, destination_account_id, created_at desc, id desc);

create table card_products (
  shard      smallint not null,
  id         uuid not null,
  client_id  uuid not null,
  name       text not null,
  card_type  text not null, -- the tier: Platinum, Gold
  network    text not null,
  bin        text not null,
  image_url  text not null,
  created_at timestamptz not null,
  constraint card_products_pkey primary key (shard, id),
  constraint card_product_bin_is_six_to_eight_digits check (bin ~ '^[0-9]{6,8}$')
);

create table card_accounts (
  shard             smallint not null,
  id                uuid not null,
  client_id         uuid not null,
  account_type      text not null,
  currency          text not null,
  name              text,
  identity_type     text,
  phone_number      text,
  email             text,
  backing_account_id uuid,
  credit_limit      bigint,
  xid               text,
  xmetadata         jsonb,
  created_at        timestamptz not null,
  constraint card_accounts_pkey primary key (shard, id),
  constraint card_account_type_is_known check (account_type in ('prepaid', 'asset-link', 'fixed-limit')),
  constraint card_account_credit_limit_is_not_negative check (credit_limit >= 0)
);
create index card_accounts_of_a_client on card_accounts (shard, client_id, created_at desc, id desc);

create table cards (
  shard                    smallint not null,
  id                       uuid not null,
  client_id                uuid not null,
  card_account_id          uuid not null,
  product_id               uuid not null,
  currency                 text not null, -- the card account's, in which limits and spending are counted
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
  created_at               timestamptz not null,
  constraint cards_pkey primary key (shard, id),
  constraint card_belongs_to_an_account foreign key (shard, card_account_id) references card_accounts (shard, id),
  constraint card_has_a_product foreign key (shard, product_id) references card_products (shard, id),
  constraint card_type_is_known check (type in ('virtual', 'physical')),
  constraint card_status_is_known
    check (status in ('active', 'pending-issue', 'pending-activation', 'locked', 'suspended', 'cancelled')),
  constraint card_expires_in_a_month check (expiry_month between 1 and 12),
  constraint card_spending_is_not_negative check (spent_today >= 0 and spent_in_total >= 0)
) with (fillfactor = 80);
create index cards_of_an_account on cards (shard, card_account_id, created_at desc, id desc);
create index cards_of_a_client on cards (shard, client_id, created_at desc, id desc);
create index cards_by_what_is_printed on cards (shard, product_id, last4);

-- A keyed digest of the PIN; the PIN itself rests nowhere.
create table card_pins (
  shard   smallint not null,
  card_id uuid not null,
  digest  bytea not null,
  constraint card_pins_pkey primary key (shard, card_id),
  constraint pin_belongs_to_a_card foreign key (shard, card_id) references cards (shard, id)
);

-- The statement: what holders and clients see of the money that moved, one row a leg.
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
  created_at         timestamptz not null,
  posted_at          timestamptz,
  constraint card_transactions_pkey primary key (shard, id),
  constraint card_transaction_status_is_known check (status in ('pending', 'posted', 'declined', 'void')),
  constraint card_transaction_intent_is_known
    check (intent in ('charge', 'refund', 'topup', 'withdraw', 'transfer', 'repay', 'cashback', 'interest', 'fee', 'other')),
  constraint card_transaction_entry_type_is_known check (entry_type in ('CREDIT', 'DEBIT')),
  constraint card_transaction_amount_is_not_negative check (amount >= 0 and gross_amount >= 0),
  constraint posted_and_only_posted_has_a_posting_time check ((status = 'posted') = (posted_at is not null))
) with (fillfactor = 90);
create index card_transactions_of_an_account on card_transactions (shard, card_account_id, created_at desc, id desc);

-- A client's own names for its resources: each may stand for one resource only, whatever its type.
create table xids (
  shard         smallint not null,
  client_id     uuid not null,
  xid           text not null,
  resource_type text not null,
  resource_id   uuid not null,
  constraint xids_pkey primary key (shard, client_id, xid),
  constraint xid_has_at_most_256_characters check (length(xid) between 1 and 256)
);

-- A merchant's right to charge a card, got by a one-time code. token is what the merchant calls cardId: random, a bearer.
create table bindings (
  shard       smallint not null,
  id          uuid not null,
  merchant_id uuid not null,
  card_id     uuid not null,
  token       uuid not null,
  status      text not null,
  created_at  timestamptz not null,
  bound_at    timestamptz,
  constraint bindings_pkey primary key (shard, id),
  constraint a_merchant_binds_a_card_once unique (shard, merchant_id, card_id),
  constraint binding_token_is_unique unique (shard, token),
  constraint binding_has_a_card foreign key (shard, card_id) references cards (shard, id),
  constraint binding_status_is_known check (status in ('pending', 'bound')),
  constraint bound_and_only_bound_has_a_time check ((status = 'bound') = (bound_at is not null))
);
create index bindings_of_a_card on bindings (shard, card_id);

-- The newest one-time code of each kind for a subject. The code itself is nowhere: only a keyed digest of it.
create table challenges (
  shard        smallint not null,
  subject_id   uuid not null,
  kind         text not null,
  id           uuid not null,
  digest       bytea not null,
  parameters   bytea, -- SHA-256 of what the code was given for
  attempts     integer not null,
  attempts_max integer not null,
  status       text not null,
  expires_at   timestamptz not null,
  created_at   timestamptz not null,
  constraint challenges_pkey primary key (shard, subject_id, kind),
  constraint challenge_id_is_unique unique (shard, id),
  constraint challenge_kind_is_known check (kind in ('binding-code', 'purchase-code')),
  constraint challenge_status_is_known check (status in ('open', 'used', 'blocked')),
  constraint challenge_attempts_are_limited check (attempts between 0 and attempts_max)
) with (fillfactor = 80);

-- Codes on their way to people. The text is made when it is sent or shown, so no code rests here.
create table messages (
  shard        smallint not null,
  id           uuid not null,
  challenge_id uuid,
  kind         text not null,
  channel      text not null,
  recipient    text not null,
  created_at   timestamptz not null,
  constraint messages_pkey primary key (shard, id),
  constraint message_channel_is_known check (channel in ('sms', 'email'))
);
create index messages_to_a_recipient on messages (shard, recipient, created_at desc, id desc);

-- How often something was tried in its current window, so that enumeration and flooding stop also after a restart.
create table velocity (
  shard             smallint not null,
  subject           text not null,
  window_started_at timestamptz not null,
  count             integer not null,
  constraint velocity_pkey primary key (shard, subject),
  constraint velocity_count_is_not_negative check (count >= 0)
) with (fillfactor = 80);

-- One-time pages that show a card to its holder.
create table secure_links (
  shard      smallint not null,
  id         uuid not null, -- random: whoever has it may look once
  card_id    uuid not null,
  expires_at timestamptz not null,
  opened_at  timestamptz,
  constraint secure_links_pkey primary key (shard, id),
  constraint secure_link_shows_a_card foreign key (shard, card_id) references cards (shard, id)
);
