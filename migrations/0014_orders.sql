-- Orders: what a member of Transaction Services calls a payment, and all that it said about it. Cards that merchants keep, and
-- agreements to charge them again.

-- The number on the wire rises for each merchant on its own.
create table order_numbers (
  shard       smallint not null,
  merchant_id uuid not null,
  last        bigint not null,
  constraint order_numbers_pkey primary key (shard, merchant_id),
  constraint order_number_has_ten_digits check (last between 1 and 9999999999)
) with (fillfactor = 50);

create table orders (
  shard                   smallint not null,
  merchant_id             uuid not null,
  merchant_transaction_id text not null,
  payment_id              uuid not null,
  number                  bigint not null,
  details                 jsonb not null,
  created_at              timestamptz not null,
  constraint a_merchant_transaction_id_is_used_once primary key (shard, merchant_id, merchant_transaction_id),
  constraint an_order_number_is_used_once unique (shard, merchant_id, number),
  constraint an_order_is_of_one_payment unique (shard, payment_id),
  constraint order_belongs_to_a_payment foreign key (shard, payment_id) references payments (shard, id),
  constraint merchant_transaction_id_is_readable check (merchant_transaction_id ~ '^[[:print:]]{1,100}$')
);
create index orders_of_a_merchant on orders (shard, merchant_id, created_at desc, number desc);

-- A card that a merchant keeps. The number is in the vault under the same id; the token is what the merchant knows it by.
create table registrations (
  shard        smallint not null,
  id           uuid not null,
  merchant_id  uuid not null,
  token        text not null, -- random, a bearer
  payment_id   uuid, -- kept with this payment: of use only if that succeeded
  brand        text not null,
  mode         text not null,
  bin          text not null,
  last4        text not null,
  expiry_month integer not null,
  expiry_year  integer not null,
  holder       text,
  is_hidden    boolean not null, -- kept for an agreement alone; its token was given to nobody
  created_at   timestamptz not null,
  deleted_at   timestamptz,
  constraint registrations_pkey primary key (shard, id),
  constraint registration_token_is_unique unique (shard, token),
  constraint registration_token_is_long check (token ~ '^[A-Za-z0-9]{32}$'),
  constraint registration_expires_in_a_month check (expiry_month between 1 and 12)
);
create index registrations_of_a_payment on registrations (shard, payment_id) where payment_id is not null;

-- The cardholder's consent to be charged again, given with an initial payment.
create table agreements (
  shard           smallint not null,
  payment_id      uuid not null, -- the initial payment
  merchant_id     uuid not null,
  registration_id uuid not null,
  currency        text not null,
  created_at      timestamptz not null,
  cancelled_at    timestamptz,
  constraint agreements_pkey primary key (shard, payment_id),
  constraint agreement_is_made_by_a_payment foreign key (shard, payment_id) references payments (shard, id),
  constraint agreement_charges_a_kept_card foreign key (shard, registration_id) references registrations (shard, id)
);
create index agreements_of_a_registration on agreements (shard, registration_id);

-- The same number may be a card that we issued and be kept by any number of merchants.
alter table vault.pans
  add column purpose text not null default 'issued',
  drop constraint number_belongs_to_one_card,
  add constraint number_is_issued_or_kept check (purpose in ('issued', 'kept'));
alter table vault.pans alter column purpose drop default;
create unique index number_is_issued_once on vault.pans (shard, blind_index) where purpose = 'issued';
