-- Who may call the Transaction Services face: members, each a merchant's, of partners. Secure keys are sealed: the server needs
-- them in clear to verify checksums, and shows them once.

create table partners (
  shard         smallint not null,
  id            uuid not null,
  number        bigint not null,
  username      text not null,
  sealed_key    bytea not null,
  token_version integer not null default 0, -- a token of an earlier one is revoked
  is_active     boolean not null default true,
  created_at    timestamptz not null,
  constraint partners_pkey primary key (shard, id),
  constraint partner_number_names_one_partner unique (shard, number),
  constraint partner_username_names_one_partner unique (shard, username),
  constraint partner_number_has_ten_digits_at_most check (number between 1 and 9999999999),
  constraint partner_username_is_short check (username ~ '^[A-Za-z0-9._@-]{1,64}$'),
  constraint partner_token_version_only_counts_up check (token_version >= 0)
);

create table members (
  shard                  smallint not null,
  id                     uuid not null,
  number                 bigint not null, -- memberId on the wire
  merchant_id            uuid not null,
  partner_id             uuid not null,
  username               text not null,
  sealed_key             bytea not null,
  sealed_previous_key    bytea, -- also good until previous_key_ends_at, in business time
  previous_key_ends_at   timestamptz,
  token_version          integer not null default 0, -- a token of an earlier one is revoked
  requires_hmac          boolean not null default false,
  allows_md5             boolean not null default true,
  is_active              boolean not null default true,
  date_order             text not null default 'MM/DD/YYYY',
  time_zone              text not null default 'UTC', -- an IANA name
  inquiry_code           text not null default '00026',
  legacy_http_200        boolean not null default false,
  created_at             timestamptz not null,
  constraint members_pkey primary key (shard, id),
  constraint member_number_names_one_member unique (shard, number),
  constraint merchant_is_one_member unique (shard, merchant_id),
  constraint member_username_is_unique_to_its_partner unique (shard, partner_id, username),
  constraint member_is_a_merchant foreign key (shard, merchant_id) references merchants (shard, id),
  constraint member_has_a_partner foreign key (shard, partner_id) references partners (shard, id),
  constraint member_number_has_ten_digits_at_most check (number between 1 and 9999999999),
  constraint member_username_is_short check (username ~ '^[A-Za-z0-9._@-]{1,64}$'),
  constraint member_previous_key_ends check ((sealed_previous_key is null) = (previous_key_ends_at is null)),
  constraint member_token_version_only_counts_up check (token_version >= 0),
  constraint member_proves_requests_somehow check (requires_hmac or allows_md5),
  constraint member_date_order_is_known check (date_order in ('MM/DD/YYYY', 'DD/MM/YYYY')),
  constraint member_time_zone_is_named check (length(time_zone) between 1 and 64),
  constraint member_inquiry_code_is_known check (inquiry_code in ('00026', '00001'))
);

-- Tokens that were exchanged for another one: each may be once. Kept for as long as it could be tried again.
create table used_tokens (
  shard      smallint not null,
  id         uuid not null,
  expires_at timestamptz not null,
  constraint used_tokens_pkey primary key (shard, id)
);
create index used_tokens_by_age on used_tokens (shard, expires_at);
