-- Who exists and how they sign in. Of a credential nothing is kept that could sign in: an HMAC of its password, a public key.

create table merchants (
  shard      smallint not null,
  id         uuid not null,
  name       text not null,
  mcc        text not null,
  category   text not null,
  country    text not null,
  created_at timestamptz not null,
  constraint merchants_pkey primary key (shard, id),
  constraint merchant_has_a_name check (length(name) between 1 and 256),
  constraint merchant_category_code_is_four_digits check (mcc ~ '^[0-9]{4}$'),
  constraint merchant_category_is_named check (length(category) between 1 and 256),
  constraint merchant_country_is_two_letters check (country ~ '^[A-Z]{2}$')
);

create table clients (
  shard      smallint not null,
  id         uuid not null,
  name       text not null,
  created_at timestamptz not null,
  constraint clients_pkey primary key (shard, id),
  constraint client_has_a_name check (length(name) between 1 and 256)
);

create table credentials (
  shard          smallint not null,
  id             uuid not null,
  principal_kind text not null,
  principal_id   uuid not null,
  merchant_id    uuid generated always as (case principal_kind when 'merchant' then principal_id end) stored,
  client_id      uuid generated always as (case principal_kind when 'client' then principal_id end) stored,
  username       text not null,
  secret_hmac    bytea not null,
  access_key     uuid not null,
  public_key     text not null,
  created_at     timestamptz not null,
  revoked_at     timestamptz,
  constraint credentials_pkey primary key (shard, id),
  constraint username_names_one_credential unique (shard, username),
  constraint access_key_names_one_credential unique (shard, access_key),
  constraint credential_belongs_to_a_merchant_or_a_client check (principal_kind in ('merchant', 'client')),
  constraint merchant_of_credential_exists foreign key (shard, merchant_id) references merchants (shard, id),
  constraint client_of_credential_exists foreign key (shard, client_id) references clients (shard, id),
  constraint username_fits_into_basic_authentication check (username ~ '^[A-Za-z0-9._-]{1,64}$'),
  constraint secret_is_kept_as_a_sha256 check (octet_length(secret_hmac) = 32),
  constraint public_key_is_pem check (public_key like '-----BEGIN PUBLIC KEY-----%'),
  constraint credential_is_not_revoked_before_it_is_made check (revoked_at >= created_at)
);
create index credentials_of_a_principal on credentials (shard, principal_kind, principal_id);
