-- Who acts for a merchant: people with permissions, and keys that may do everything. What they did is only ever added to.

create table users (
  shard               smallint not null,
  id                  uuid not null,
  merchant_id         uuid not null,
  number              integer not null, -- what callers are told as his id
  username            text not null,
  username_key        text not null, -- the name as it is compared, in one case and form
  password_hash       text not null, -- Argon2id, with its parameters
  credential_version  integer not null default 1, -- rises with every new password
  email               text not null,
  first_name          text not null,
  last_name           text not null,
  phone               text not null,
  is_active           boolean not null,
  is_superadmin       boolean not null,
  permissions         jsonb not null, -- array of codes
  created_at          timestamptz not null default now(),
  constraint users_pkey primary key (shard, id),
  constraint user_belongs_to_a_merchant foreign key (shard, merchant_id) references merchants (shard, id),
  constraint user_number_is_unique_for_his_merchant unique (shard, merchant_id, number),
  constraint user_number_is_positive check (number > 0),
  constraint username_can_be_sent check (length(username) between 1 and 150 and username !~ '[[:space:][:cntrl:]:]'),
  constraint usernames_differ_in_more_than_case unique (shard, username_key),
  constraint user_permissions_are_a_list check (jsonb_typeof(permissions) = 'array')
);

create table api_keys (
  shard        smallint not null,
  id           uuid not null,
  merchant_id  uuid not null,
  name         text not null,
  secret_hmac  bytea not null,
  expires_at   timestamptz,
  revoked_at   timestamptz,
  created_at   timestamptz not null default now(),
  constraint api_keys_pkey primary key (shard, id),
  constraint api_key_belongs_to_a_merchant foreign key (shard, merchant_id) references merchants (shard, id),
  constraint api_key_is_one_of_a_kind unique (shard, secret_hmac),
  constraint api_key_has_a_name check (length(name) between 1 and 50)
);

create table audit_entries (
  shard           smallint not null,
  id              uuid not null,
  merchant_id     uuid not null,
  actor_kind      text not null,
  actor_id        text not null,
  actor_name      text not null,
  action          text not null, -- such as payment.refund
  object_id       uuid not null, -- the checkout or payment
  result          text not null, -- done, or begun: how that ends, the operation says
  remote_address  text not null,
  data            jsonb not null, -- nothing secret
  created_at      timestamptz not null, -- business time
  constraint audit_entries_pkey primary key (shard, id),
  constraint audit_actor_is_known check (actor_kind in ('api-key', 'user')),
  constraint audit_result_is_known check (result in ('done', 'begun'))
);
create index audit_of_an_object on audit_entries (shard, object_id, created_at, id);
create index audit_of_a_merchant on audit_entries (shard, merchant_id, created_at, id);

-- How the Operations face works for a merchant. Without a row everything is as its columns say by default.
create table merchant_settings (
  shard                   smallint not null,
  merchant_id             uuid not null,
  sealed_hmac_key         bytea not null, -- what webhooks and answers are signed with
  reference_prefix        text not null default 'FL',
  operations_webhook_url  text,
  notifies_api_operations boolean not null default true,
  plugins                 jsonb not null default '{}', -- by type: webhookUrl, redirectUrl, states
  unique_order_no         boolean not null default false,
  is_paused               boolean not null default false, -- nothing new can be asked for or paid
  constraint merchant_settings_pkey primary key (shard, merchant_id),
  constraint settings_belong_to_a_merchant foreign key (shard, merchant_id) references merchants (shard, id),
  constraint reference_prefix_is_short check (reference_prefix ~ '^[A-Z0-9]{1,6}$'),
  constraint plugins_are_an_object check (jsonb_typeof(plugins) = 'object')
);
