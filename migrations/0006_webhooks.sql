-- Webhooks: who wants to hear, what they are told, and what came of it; and the sending of e-mail.
-- Workers lock `webhook_health`, never `webhook_endpoints`: the lane that writes endpoints also moves money and must not
-- wait for them. The times of workers are the database's, without the sandbox's offset.

-- How far each reader of events has come.
create table event_cursors (
  shard          smallint not null,
  consumer       text not null,
  transaction_id xid8 not null,
  event_id       uuid not null,
  constraint event_cursors_pkey primary key (shard, consumer)
);

-- What the owner decides. The signing secret is derived from a key and the id, never stored.
create table webhook_endpoints (
  shard      smallint not null,
  id         uuid not null,
  owner_id   uuid not null,
  name       text not null,
  url        text not null,
  events     jsonb not null, -- names of the face's events; "*" is all of them
  created_at timestamptz not null,
  removed_at timestamptz,
  constraint webhook_endpoints_pkey primary key (shard, id),
  constraint webhook_listens_to_a_list_of_events check (jsonb_typeof(events) = 'array'),
  constraint webhook_is_not_removed_before_it_is_created check (removed_at >= created_at)
);
create index webhook_endpoints_of_an_owner on webhook_endpoints (shard, owner_id, id);

-- How an endpoint is doing. It gets its row with its first delivery.
create table webhook_health (
  shard           smallint not null,
  endpoint_id     uuid not null,
  status          text not null default 'created',
  sequence        bigint not null default 0, -- of the newest delivery
  failures        integer not null default 0, -- since the last success
  wake_at         timestamptz, -- when there may be something to send; null when there is not
  leased_until    timestamptz, -- a worker is sending
  last_success_at timestamptz,
  last_failure_at timestamptz,
  constraint webhook_health_pkey primary key (shard, endpoint_id),
  constraint webhook_health_is_of_an_endpoint foreign key (shard, endpoint_id) references webhook_endpoints (shard, id),
  constraint webhook_health_status_is_known check (status in ('created', 'healthy', 'unhealthy', 'error')),
  constraint webhook_failures_are_not_negative check (failures >= 0),
  constraint suspended_webhook_is_not_woken check (status <> 'error' or wake_at is null)
);
create index webhooks_to_wake on webhook_health (shard, wake_at) where wake_at is not null;

create table webhook_deliveries (
  shard        smallint not null,
  id           uuid not null,
  endpoint_id  uuid not null,
  event_id     uuid not null,
  part         smallint not null, -- a face may tell one event in several messages
  message_id   uuid not null, -- the same for all endpoints and all attempts: the receiver's idempotency key
  subject_id   uuid not null, -- messages about one subject are sent in their order
  event_name   text not null,
  body         text not null, -- as it is signed and sent, fixed here
  sequence     bigint not null,
  state        text not null default 'pending',
  attempts     integer not null default 0,
  due_at       timestamptz not null default now(),
  last_status  integer,
  last_error   text,
  created_at   timestamptz not null default now(),
  delivered_at timestamptz,
  constraint webhook_deliveries_pkey primary key (shard, id),
  constraint delivery_goes_to_an_endpoint foreign key (shard, endpoint_id) references webhook_endpoints (shard, id),
  constraint endpoint_is_told_each_part_of_an_event_once unique (shard, endpoint_id, event_id, part),
  constraint endpoint_sees_each_sequence_once unique (shard, endpoint_id, sequence),
  constraint delivery_state_is_known check (state in ('pending', 'delivered', 'failed')),
  constraint delivery_is_delivered_at_some_time check ((state = 'delivered') = (delivered_at is not null))
);
create index deliveries_waiting_for_an_endpoint on webhook_deliveries (shard, endpoint_id, sequence) where state = 'pending';
create index deliveries_waiting_about_a_subject
  on webhook_deliveries (shard, endpoint_id, subject_id, sequence) where state = 'pending';

create table webhook_attempts (
  shard         smallint not null,
  id            uuid not null,
  delivery_id   uuid not null,
  at            timestamptz not null default now(),
  status        integer, -- null when there was no answer
  response_body text,
  error         text,
  duration_ms   integer not null,
  constraint webhook_attempts_pkey primary key (shard, id),
  constraint attempt_is_of_a_delivery foreign key (shard, delivery_id) references webhook_deliveries (shard, id),
  constraint attempt_has_a_status_or_an_error check ((status is null) = (error is not null)),
  constraint attempt_keeps_the_start_of_the_answer check (char_length(response_body) <= 4096)
);
create index attempts_of_a_delivery on webhook_attempts (shard, delivery_id, at);

-- What became of the messages that are e-mails; a message gets its row with the first try to send it.
create table message_deliveries (
  shard      smallint not null,
  message_id uuid not null,
  attempts   integer not null,
  due_at     timestamptz not null, -- of the next try; while one is running, when it counts as lost
  sent_at    timestamptz,
  failed_at  timestamptz, -- given up
  last_error text,
  constraint message_deliveries_pkey primary key (shard, message_id),
  constraint message_delivery_is_of_a_message foreign key (shard, message_id) references messages (shard, id),
  constraint message_is_sent_or_given_up check (sent_at is null or failed_at is null)
);
create index emails_by_age on messages (shard, created_at) where channel = 'email';
