-- Callbacks: endpoints that an order names, beside the webhooks that an owner makes. Their deliveries are counted for the
-- owner over all URLs, so that he finds what he missed; every delivery can be listed, pulled and replayed.

alter table webhook_endpoints
  add column kind text not null default 'webhook',
  add constraint webhook_kind_is_known check (kind in ('webhook', 'callback')),
  add constraint callback_endpoint_is_not_removed check (kind = 'webhook' or removed_at is null),
  add constraint webhook_has_one_owner unique (shard, id, owner_id);
alter table webhook_endpoints alter column kind drop default;
drop index webhook_endpoints_of_an_owner;
create index webhook_endpoints_of_an_owner on webhook_endpoints (shard, owner_id, kind, created_at, id);

alter table webhook_health
  add column failing_since timestamptz, -- the first failure since the last success
  add column suspended_because text;
update webhook_health set failing_since = last_failure_at where failures > 0;
update webhook_health set suspended_because = 'failing' where status = 'error';
alter table webhook_health
  add constraint failing_webhook_has_failed_since_some_time check ((failures > 0) = (failing_since is not null)),
  add constraint suspended_webhook_has_a_reason
    check ((status = 'error') = (suspended_because is not null) and suspended_because in ('failing', 'gone'));

alter table webhook_deliveries
  add column owner_id uuid,
  add column callback_sequence bigint, -- among all callbacks of the owner, in the order in which they can be read
  add column object_id text, -- in the face's words
  add column object_version bigint,
  add column replays integer not null default 0,
  add column replayed_at timestamptz; -- attempts are counted from here
update webhook_deliveries d
   set owner_id = e.owner_id, created_at = date_trunc('milliseconds', d.created_at)
  from webhook_endpoints e
 where e.shard = d.shard and e.id = d.endpoint_id;
alter table webhook_deliveries
  alter column owner_id set not null,
  alter column created_at set default date_trunc('milliseconds', now()), -- pages begin at a row, in whole milliseconds
  drop constraint delivery_goes_to_an_endpoint,
  add constraint delivery_goes_to_an_endpoint_of_its_owner
    foreign key (shard, endpoint_id, owner_id) references webhook_endpoints (shard, id, owner_id),
  add constraint owner_sees_each_callback_sequence_once unique (shard, owner_id, callback_sequence),
  add constraint delivery_tells_a_version_of_an_object check ((object_id is null) = (object_version is null)),
  add constraint replayed_delivery_was_replayed_at_some_time check (replays >= 0 and (replays = 0) = (replayed_at is null));
create index deliveries_of_an_owner on webhook_deliveries (shard, owner_id, created_at, id);
drop index deliveries_waiting_for_an_endpoint;
-- What is new goes before what is replayed.
create index deliveries_waiting_for_an_endpoint
  on webhook_deliveries (shard, endpoint_id, (replays > 0), sequence) where state = 'pending';

-- How many callbacks each owner has had. Its row is locked until a number can be read, so none appears behind a reader.
create table callback_streams (
  shard    smallint not null,
  owner_id uuid not null,
  sequence bigint not null,
  constraint callback_streams_pkey primary key (shard, owner_id)
);
