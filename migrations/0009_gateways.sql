-- Gateways: a merchant's access to them, what was asked of them under which reference, and what is still to be found out.

create table gateway_accounts (
  shard                       smallint not null,
  id                          uuid not null,
  merchant_id                 uuid not null,
  code                        text not null,
  connector                   text not null,
  currency                    text not null,
  mode                        text not null,
  terminal_id                 text not null,
  brands                      jsonb, -- array of brands; null is whatever the gateway takes
  priority                    integer not null,
  is_sandbox                  boolean not null,
  can_have_multiple_attempts  boolean not null,
  base_url                    text not null,
  sealed_credentials          bytea not null,
  is_active                   boolean not null,
  created_at                  timestamptz not null default now(),
  constraint gateway_accounts_pkey primary key (shard, id),
  constraint gateway_account_belongs_to_a_merchant foreign key (shard, merchant_id) references merchants (shard, id),
  constraint gateway_account_code_is_unique_for_its_merchant unique (shard, merchant_id, code),
  constraint gateway_account_code_is_readable check (code ~ '^[a-z0-9][a-z0-9_-]{0,63}$'),
  constraint gateway_account_mode_is_known check (mode in ('purchase', 'authorize')),
  constraint gateway_account_terminal_is_up_to_six_digits check (terminal_id ~ '^[0-9]{1,6}$')
);

-- One thing done to a payment. Its id is the reference by which a gateway knows it; the row is committed before the call.
create table operations (
  shard              smallint not null,
  id                 uuid not null,
  payment_id         uuid not null,
  merchant_id        uuid not null,
  kind               text not null,
  attempt            integer not null, -- which try at getting the payment authorized; 1 for what comes after
  gateway_account_id uuid, -- null: our own issuer, decided in the same commit
  amount             bigint not null,
  currency           text not null,
  state              text not null,
  gateway_reference  text,
  approval_code      text,
  eci                text,
  code               text, -- why it was declined or not sent
  message            text,
  redirect           jsonb,
  reason             text not null, -- why this gateway, or why at all
  looks              integer not null, -- inquiries so far
  doubt              text, -- what the last looks said and is not believed yet
  doubted_at         timestamptz, -- since when they say so
  next_look_at       timestamptz, -- business time
  settled_by         text,
  settled_at         timestamptz,
  created_at         timestamptz not null,
  constraint operations_pkey primary key (shard, id),
  constraint operation_belongs_to_a_payment foreign key (shard, payment_id) references payments (shard, id),
  constraint operation_kind_is_known check (kind in ('authorize', 'purchase', 'capture', 'void', 'refund', 'payout')),
  constraint operation_state_is_known
    check (state in ('calling', 'redirected', 'pending', 'unknown', 'approved', 'declined', 'not_sent', 'not_done')),
  constraint operation_amount_is_positive check (amount > 0),
  constraint operation_attempt_is_positive check (attempt > 0),
  constraint operation_is_settled_when_it_is_over
    check ((state in ('approved', 'declined', 'not_sent', 'not_done')) = (settled_at is not null)
           and (settled_at is null) = (settled_by is null)),
  constraint operation_is_settled_by_somebody check (settled_by in ('answer', 'inquiry', 'person', 'issuer', 'payer', 'clock')),
  constraint operation_doubt_is_known check (doubt in ('not_found', 'declined')),
  constraint operation_doubt_has_a_beginning check ((doubt is null) = (doubted_at is null)),
  constraint operation_looks_are_counted check (looks >= 0)
) with (fillfactor = 80);
create index operations_of_a_payment on operations (shard, payment_id);
create index operations_to_look_at on operations (shard, next_look_at) where next_look_at is not null;
create unique index a_payment_is_authorized_once on operations (shard, payment_id)
  where kind in ('authorize', 'purchase', 'payout') and state = 'approved';

-- A gateway's own id of an operation: an answer that carries another operation's id is not believed.
create table gateway_references (
  shard              smallint not null,
  gateway_account_id uuid not null,
  gateway_reference  text not null,
  operation_id       uuid not null,
  constraint gateway_references_pkey primary key (shard, gateway_account_id, gateway_reference)
);

-- What gateways told us without being asked, once each. A hint: the gateway is asked before anything is believed.
create table gateway_notifications (
  shard              smallint not null,
  id                 uuid not null,
  gateway_account_id uuid not null,
  event_id           text not null,
  operation_id       uuid not null, -- what it says it is about
  state              text not null default 'waiting',
  received_at        timestamptz not null, -- business time
  constraint gateway_notifications_pkey primary key (shard, id),
  constraint a_notification_is_taken_once unique (shard, gateway_account_id, event_id),
  constraint gateway_notification_state_is_known check (state in ('waiting', 'applied', 'orphaned'))
);
create index gateway_notifications_waiting on gateway_notifications (shard, received_at) where state = 'waiting';

-- What a person has to look at.
create table cases (
  shard        smallint not null,
  id           uuid not null,
  kind         text not null,
  payment_id   uuid not null,
  operation_id uuid not null,
  merchant_id  uuid not null,
  summary      text not null,
  opened_at    timestamptz not null,
  closed_at    timestamptz,
  resolution   text,
  constraint cases_pkey primary key (shard, id),
  constraint case_kind_is_known check (kind in ('unknown', 'late_truth', 'contradiction', 'surplus')),
  constraint case_is_about_an_operation foreign key (shard, operation_id) references operations (shard, id),
  constraint case_is_closed_with_a_resolution check ((closed_at is null) = (resolution is null))
);
create index cases_open on cases (shard, opened_at) where closed_at is null;
create index cases_of_an_operation on cases (shard, operation_id);

-- What was said on the wire, without card numbers, codes and credentials.
create table gateway_exchanges (
  shard        smallint not null,
  id           uuid not null,
  operation_id uuid not null,
  at           timestamptz not null default now(),
  request      text not null,
  status       integer,
  response     text,
  error        text,
  duration_ms  integer not null,
  constraint gateway_exchanges_pkey primary key (shard, id),
  constraint gateway_exchange_has_a_status_or_an_error check ((status is null) = (error is not null))
);
create index exchanges_of_an_operation on gateway_exchanges (shard, operation_id, at);

-- Something that is paid once, such as an invoice: whoever wants to pay it has to hold it.
create table claims (
  shard   smallint not null,
  id      uuid not null,
  held_by uuid, -- the payment that is being tried
  paid_by uuid,
  constraint claims_pkey primary key (shard, id)
);
