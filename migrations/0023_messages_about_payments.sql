-- Messages that tell a customer what became of a checkout, also by WhatsApp.

alter table messages
  add column event text, -- what happened to the checkout
  add column operation_id uuid, -- what was done to its payment, where something was
  drop constraint message_channel_is_known,
  drop constraint message_kind_is_known,
  add constraint message_channel_is_known check (channel in ('sms', 'email', 'whatsapp')),
  add constraint message_kind_is_known
    check (kind in ('binding-code', 'purchase-code', '3ds-code', 'login', 'invoice', 'invoice-reminder', 'invoice-cancelled',
                    'delivery-failed', 'payment')),
  add constraint message_about_a_payment_says_what_happened check ((kind = 'payment') = (event is not null)),
  add constraint message_event_is_known
    check (event in ('created', 'paid', 'canceled', 'failed', 'expired', 'authorized', 'voided', 'refunded', 'captured')),
  add constraint message_names_the_operation_where_one_was_done
    check (case when event in ('authorized', 'voided', 'refunded', 'captured') then operation_id is not null
                when event is distinct from 'paid' then operation_id is null
                else true end),
  add constraint message_by_whatsapp_is_about_a_payment check (channel <> 'whatsapp' or kind = 'payment');
create index messages_about_a_payment on messages (shard, subject_id) where kind = 'payment';
