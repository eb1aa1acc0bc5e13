-- The sandbox gateway's own book. It plays somebody else's system: nothing in public refers to it and it refers to nothing
-- there. Its times are business times, so that what it decides later comes when the sandbox's clock is moved.
create schema sandbox_gateway;

-- Whoever has an API key is an account; there is no other registration.
create table sandbox_gateway.accounts (
  id          text not null, -- follows from the key
  signing_key bytea not null, -- signs notifications; follows from the key, too
  created_at  timestamptz not null,
  constraint accounts_pkey primary key (id)
);

create table sandbox_gateway.operations (
  account_id         text not null,
  reference          text not null, -- the caller's: executed once
  operation          text not null,
  parent_reference   text,
  amount             bigint not null, -- minor units
  currency           text not null,
  state              text not null,
  decline_code       text,
  decline_message    text,
  gateway_id         text not null,
  approval_code      text,
  eci                text,
  -- of a charge: what was taken and given back, follow-ups that are pending included
  captured           bigint not null default 0,
  refunded           bigint not null default 0,
  is_closed          boolean not null default false, -- captured or voided: nothing is held any more
  card_last4         text,
  card_behavior      text, -- what its follow-ups will meet
  decides_at         timestamptz, -- when pending ends
  decides_to         text, -- and in which state
  hidden_until       timestamptz, -- an inquiry does not find it before
  is_flipping        boolean not null default false, -- an inquiry hears pending, then declined, then the truth
  attempts           integer not null default 1, -- how often the reference arrived
  fingerprint        bytea not null, -- of what was asked under the reference
  notification_url   text,
  merchant_reference text,
  caller_account     text, -- how the caller names its account: id and code
  caller_code        text,
  created_at         timestamptz not null,
  constraint operations_pkey primary key (account_id, reference),
  constraint operation_is_of_an_account foreign key (account_id) references sandbox_gateway.accounts (id),
  constraint follow_up_is_of_a_charge foreign key (account_id, parent_reference)
    references sandbox_gateway.operations (account_id, reference),
  constraint operation_is_known check (operation in ('authorize', 'purchase', 'capture', 'void', 'refund', 'payout')),
  constraint operation_state_is_known check (state in ('approved', 'declined', 'pending', 'challenged')),
  constraint operation_amount_is_positive check (amount > 0),
  constraint declined_operation_has_a_code check (state <> 'declined' or decline_code is not null),
  constraint pending_operation_ends check ((state = 'pending') = (decides_at is not null and decides_to is not null)),
  constraint captured_is_at_most_the_amount check (captured between 0 and amount),
  constraint refunded_is_at_most_captured check (refunded between 0 and captured)
);
create unique index charge_is_captured_or_voided_once on sandbox_gateway.operations (account_id, parent_reference)
  where operation in ('capture', 'void') and state <> 'declined';
create index operations_that_decide_later on sandbox_gateway.operations (decides_at) where state = 'pending';
create index operations_in_order on sandbox_gateway.operations (created_at, reference);

-- The payer's authentication of a charge that is `challenged`.
create table sandbox_gateway.challenges (
  id         text not null, -- random: whoever has it is the payer
  account_id text not null,
  reference  text not null,
  code       text not null, -- shown on the page, because nobody gets messages here
  tries_left smallint not null,
  return_url text not null,
  expires_at timestamptz not null,
  closed_at  timestamptz,
  constraint challenges_pkey primary key (id),
  constraint challenge_is_of_an_operation foreign key (account_id, reference)
    references sandbox_gateway.operations (account_id, reference),
  constraint operation_is_challenged_once unique (account_id, reference),
  constraint challenge_tries_are_not_negative check (tries_left >= 0)
);
create index challenges_that_expire on sandbox_gateway.challenges (expires_at) where closed_at is null;

create table sandbox_gateway.notifications (
  id         uuid not null, -- the event id that the receiver sees
  account_id text not null,
  reference  text not null,
  url        text not null,
  copies     smallint not null default 1, -- how often it has to arrive
  attempts   smallint not null default 0,
  due_at     timestamptz, -- null once it has arrived or was given up
  arrived_at timestamptz,
  constraint notifications_pkey primary key (id),
  constraint notification_is_of_an_operation foreign key (account_id, reference)
    references sandbox_gateway.operations (account_id, reference)
);
create index notifications_that_are_due on sandbox_gateway.notifications (due_at) where due_at is not null;

-- Faults that were asked for, and how often each mode has happened.
create table sandbox_gateway.faults (
  id                 uuid not null,
  mode               smallint not null,
  remaining          integer, -- how many more times
  rate               double precision, -- or with which probability, until it is disarmed
  operation          text,
  merchant_reference text,
  gateway_account    text,
  created_at         timestamptz not null,
  constraint faults_pkey primary key (id),
  constraint fault_mode_is_known check (mode between 1 and 24),
  constraint fault_has_a_count_or_a_rate check ((remaining is null) <> (rate is null)),
  constraint fault_count_is_not_negative check (remaining >= 0),
  constraint fault_rate_is_a_probability check (rate > 0 and rate <= 1)
);

create table sandbox_gateway.census (
  mode  smallint not null,
  fired bigint not null,
  constraint census_pkey primary key (mode)
);
