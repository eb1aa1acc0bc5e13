-- Notices: what the Operations face tells the URLs that checkouts and merchants name. Endpoints of a kind of their own; their
-- deliveries are counted for the owner like callbacks, apart from those. A delivery that failed for good can be mailed.

alter table webhook_endpoints
  drop constraint webhook_kind_is_known,
  add constraint webhook_kind_is_known check (kind in ('webhook', 'callback', 'notice')),
  add constraint webhook_has_one_owner_and_kind unique (shard, id, owner_id, kind);

alter table webhook_health
  add column failure_mailed_at timestamptz; -- when its owner was last mailed that a message has failed for good

alter table webhook_deliveries rename column callback_sequence to owner_sequence; -- among all of its kind to the owner
alter table webhook_deliveries add column kind text;
update webhook_deliveries d
   set kind = e.kind
  from webhook_endpoints e
 where e.shard = d.shard and e.id = d.endpoint_id;
alter table webhook_deliveries
  alter column kind set not null,
  drop constraint delivery_goes_to_an_endpoint_of_its_owner,
  add constraint delivery_goes_to_an_endpoint_of_its_owner_and_kind
    foreign key (shard, endpoint_id, owner_id, kind) references webhook_endpoints (shard, id, owner_id, kind),
  drop constraint owner_sees_each_callback_sequence_once,
  add constraint owner_sees_each_sequence_of_a_kind_once unique (shard, owner_id, kind, owner_sequence),
  add constraint delivery_is_counted_for_its_owner_unless_it_is_a_webhook check ((kind = 'webhook') = (owner_sequence is null));
alter table webhook_endpoints drop constraint webhook_has_one_owner;
create index notices_about_a_subject on webhook_deliveries (shard, endpoint_id, subject_id, sequence) where kind = 'notice';

alter table callback_streams rename to delivery_streams;
alter table delivery_streams
  add column kind text not null default 'callback',
  drop constraint callback_streams_pkey,
  add constraint delivery_streams_pkey primary key (shard, owner_id, kind),
  add constraint stream_is_of_what_is_counted_for_its_owner check (kind in ('callback', 'notice'));
alter table delivery_streams alter column kind drop default;

alter table messages
  drop constraint message_kind_is_known,
  add constraint message_kind_is_known
    check (kind in ('binding-code', 'purchase-code', '3ds-code', 'login', 'invoice', 'invoice-reminder', 'invoice-cancelled',
                    'delivery-failed'));
