-- The books: ledger accounts, transfers between them, and what every write needs beside them.
-- `shard` is the first column of every key, so that rows can be spread over servers without a new schema.

create table accounts (
  shard           smallint not null,
  id              uuid not null,
  kind            text not null,
  owner_id        uuid not null,
  currency        text not null,
  rule            text not null,
  debits_pending  bigint not null default 0,
  debits_posted   bigint not null default 0,
  credits_pending bigint not null default 0,
  credits_posted  bigint not null default 0,
  seq             bigint not null default 0, -- transfers that touched the account
  constraint accounts_pkey primary key (shard, id),
  constraint one_account_per_kind_owner_and_currency unique (shard, kind, owner_id, currency),
  constraint account_currency_is_part_of_its_key unique (shard, id, currency),
  constraint account_rule_is_known check (rule in ('none', 'debits_must_not_exceed_credits', 'credits_must_not_exceed_debits')),
  constraint account_counters_are_not_negative
    check (debits_pending >= 0 and debits_posted >= 0 and credits_pending >= 0 and credits_posted >= 0 and seq >= 0),
  constraint account_has_no_overdraft
    check (rule <> 'debits_must_not_exceed_credits' or debits_pending + debits_posted <= credits_posted),
  constraint account_has_no_overcredit
    check (rule <> 'credits_must_not_exceed_debits' or credits_pending + credits_posted <= debits_posted)
) with (fillfactor = 50); -- counters change in place on the same page; no index contains them

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
  debit_balance     bigint not null, -- posted credits less posted debits, after this transfer
  credit_balance    bigint not null,
  created_at        timestamptz not null,
  constraint transfers_pkey primary key (shard, id),
  constraint transfer_kind_is_known check (kind in ('posted', 'pending', 'post_pending', 'void_pending')),
  constraint transfer_amount_is_positive check (amount > 0),
  constraint transfer_accounts_differ check (debit_account_id <> credit_account_id),
  constraint transfer_resolves_a_hold_or_none check ((kind in ('post_pending', 'void_pending')) = (pending_id is not null)),
  constraint debit_account_has_the_currency foreign key (shard, debit_account_id, currency) references accounts (shard, id, currency),
  constraint credit_account_has_the_currency foreign key (shard, credit_account_id, currency) references accounts (shard, id, currency),
  constraint resolved_transfer_exists foreign key (shard, pending_id) references transfers (shard, id),
  constraint debit_account_sees_each_seq_once unique (shard, debit_account_id, debit_seq),
  constraint credit_account_sees_each_seq_once unique (shard, credit_account_id, credit_seq)
);
create unique index a_hold_is_resolved_once on transfers (shard, pending_id) where pending_id is not null;

create table idempotency_keys (
  shard       smallint not null,
  scope       text not null,
  key         text not null,
  fingerprint bytea not null,
  result      text not null, -- JSON that only Florin reads
  created_at  timestamptz not null,
  constraint idempotency_keys_pkey primary key (shard, scope, key)
);
create index idempotency_keys_by_age on idempotency_keys using brin (created_at);

create table events (
  shard          smallint not null,
  id             uuid not null,
  type           text not null,
  owner_id       uuid not null, -- the merchant or client whom it concerns
  subject_id     uuid not null,
  data           jsonb not null,
  created_at     timestamptz not null,
  transaction_id xid8 not null default pg_current_xact_id(), -- lets a reader pass only over what can no longer change
  constraint events_pkey primary key (shard, transaction_id, id)
);

-- The sandbox's time machine: how far business time runs ahead of the database's clock. It only grows.
create table business_clock (
  shard          smallint not null,
  offset_seconds bigint not null,
  constraint business_clock_pkey primary key (shard),
  constraint business_clock_runs_ahead check (offset_seconds >= 0)
);
