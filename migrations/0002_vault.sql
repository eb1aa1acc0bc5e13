-- The vault: card numbers sealed under data keys, which are wrapped under a key that is never in the database.
-- It has its own schema and no foreign key to the rest, so that it can move to a database of its own.

create schema vault;

-- Retired keys no longer seal but still open; a row is never deleted.
create table vault.data_keys (
  shard smallint not null,
  id uuid not null,
  wrapped bytea not null,
  kek_id text not null,
  is_taking_over boolean not null default false, -- a rotation is moving every card number to this key
  created_at timestamptz not null default now(),
  retired_at timestamptz,
  constraint data_key_is_known_by_its_id primary key (shard, id),
  constraint wrapped_data_key_is_nonce_key_and_tag check (octet_length(wrapped) = 60),
  constraint data_key_names_the_key_that_wraps_it check (kek_id <> ''),
  constraint data_key_is_not_retired_before_it_is_made check (retired_at >= created_at)
);

create unique index one_data_key_seals_at_a_time on vault.data_keys (shard) where retired_at is null;

create table vault.pans (
  shard smallint not null,
  id uuid not null, -- the card's id
  data_key_id uuid not null,
  sealed bytea not null,
  blind_index bytea not null,
  last4 text not null,
  created_at timestamptz not null default now(),
  constraint card_has_one_number primary key (shard, id),
  constraint number_belongs_to_one_card unique (shard, blind_index),
  constraint number_is_sealed_under_a_data_key foreign key (shard, data_key_id) references vault.data_keys (shard, id),
  constraint sealed_number_is_nonce_digits_and_tag check (octet_length(sealed) between 40 and 47),
  constraint blind_index_is_a_sha256 check (octet_length(blind_index) = 32),
  constraint last4_is_four_digits check (last4 ~ '^[0-9]{4}$')
);

-- What each key answers to a fixed question, so that a wrong key is noticed when the process starts.
create table vault.key_checks (
  name text not null,
  value bytea not null,
  constraint key_is_checked_by_its_name primary key (name),
  constraint key_check_is_a_sha256 check (octet_length(value) = 32)
);
