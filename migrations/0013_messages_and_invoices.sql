-- Messages of every kind, not codes only, and invoices: what a merchant asks a payer for by a link.

alter table challenges
  drop constraint challenge_kind_is_known,
  add constraint challenge_kind_is_known check (kind in ('binding-code', 'purchase-code', '3ds-code', 'login'));

alter table messages
  add column subject_id uuid, -- what it is about when it brings no code: an invoice
  add column link_id uuid, -- the link that it brings
  add constraint message_kind_is_known
    check (kind in ('binding-code', 'purchase-code', '3ds-code', 'login', 'invoice', 'invoice-reminder', 'invoice-cancelled')),
  add constraint message_with_a_code_names_its_challenge
    check ((kind in ('binding-code', 'purchase-code', '3ds-code', 'login')) = (challenge_id is not null)),
  add constraint message_without_a_code_names_its_subject check ((challenge_id is null) = (subject_id is not null)),
  add constraint message_with_a_link_names_it check ((kind in ('invoice', 'invoice-reminder')) = (link_id is not null)),
  add constraint message_recipient_is_one_line check (recipient !~ '[[:cntrl:]]');
create index invoice_emails_by_age on messages (shard, created_at) where channel = 'email' and challenge_id is null;

-- What is paid is said by the claim with the invoice's id; what is expired, by the clock.
create table invoices (
  shard               smallint not null,
  id                  uuid not null, -- follows from the merchant and its own id for the invoice
  merchant_id         uuid not null,
  merchant_invoice_id text not null,
  number              bigint not null, -- the merchant's invoices are counted
  currency            text not null,
  amount              bigint not null,
  description         text not null,
  customer_name       text,
  customer_email      text,
  customer_phone      text,
  redirect_url        text not null, -- where the payer goes back to
  notification_url    text,
  terminal_id         text,
  terms               bytea not null, -- SHA-256 of what was asked for
  life_hours          integer not null,
  link_id             uuid not null, -- the link that works; its letters follow from it and a key
  link_digest         bytea not null, -- by which the link is found
  mailed_at           timestamptz,
  expires_at          timestamptz not null,
  cancelled_at        timestamptz,
  created_at          timestamptz not null,
  constraint invoices_pkey primary key (shard, id),
  constraint merchant_names_an_invoice_once unique (shard, merchant_id, merchant_invoice_id),
  constraint merchant_counts_its_invoices unique (shard, merchant_id, number),
  constraint invoice_link_is_of_one_invoice unique (shard, link_digest),
  constraint invoice_is_of_a_merchant foreign key (shard, merchant_id) references merchants (shard, id),
  constraint invoice_amount_is_positive check (amount > 0),
  constraint invoice_number_is_positive check (number > 0),
  constraint invoice_name_is_one_line check (merchant_invoice_id !~ '[[:cntrl:]]' and length(merchant_invoice_id) between 1 and 100),
  constraint invoice_email_is_one_line check (customer_email !~ '[[:cntrl:]]'),
  constraint invoice_terms_are_a_sha256 check (octet_length(terms) = 32),
  constraint invoice_link_is_kept_as_a_sha256 check (octet_length(link_digest) = 32),
  constraint invoice_lives_some_hours check (life_hours > 0),
  constraint invoice_expires_after_it_is_created check (expires_at > created_at),
  constraint invoice_is_not_mailed_without_an_address check (mailed_at is null or customer_email is not null)
) with (fillfactor = 80);
create index invoices_of_a_merchant on invoices (shard, merchant_id, created_at desc, id desc);

-- The newest number of a merchant's invoices.
create table invoice_counters (
  shard       smallint not null,
  merchant_id uuid not null,
  last        bigint not null,
  constraint invoice_counters_pkey primary key (shard, merchant_id),
  constraint invoices_are_counted_upwards check (last > 0)
) with (fillfactor = 80);
