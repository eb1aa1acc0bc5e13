-- What a merchant has set for notices and for the types of checkout: all of it is said in every row, and what holds before is in code.

alter table merchant_settings
  add column timeout_ms integer not null default 15000, -- of one call with a notice
  add column tries integer not null default 3, -- of one notice, the first one included
  add column backoff_ms integer not null default 5000, -- from one of them to the next
  add column notify_on_error boolean not null default true, -- whether a notice that failed for good is mailed
  add column emails jsonb not null default '[]', -- to these addresses
  add column expires_by_itself boolean not null default true; -- a checkout whose time is over, before anybody touches it
update merchant_settings
   set plugins = jsonb_build_object(
         'e_commerce',
         '{"webhookUrl": null, "redirectUrl": null, "states": null}' || coalesce(plugins -> 'e_commerce', '{}'),
         'payment_request',
         '{"webhookUrl": null, "redirectUrl": null, "states": null}' || coalesce(plugins -> 'payment_request', '{}'));
alter table merchant_settings
  alter column timeout_ms drop default,
  alter column tries drop default,
  alter column backoff_ms drop default,
  alter column notify_on_error drop default,
  alter column emails drop default,
  alter column expires_by_itself drop default,
  alter column reference_prefix drop default,
  alter column notifies_api_operations drop default,
  alter column plugins drop default,
  alter column unique_order_no drop default,
  alter column is_paused drop default,
  add constraint merchant_waits_for_an_answer_twenty_seconds_at_most check (timeout_ms between 1 and 20000),
  add constraint merchant_is_tried_ten_times_at_most check (tries between 1 and 10),
  add constraint merchant_is_tried_again_within_a_minute check (backoff_ms between 0 and 60000),
  add constraint merchant_emails_are_a_list check (jsonb_typeof(emails) = 'array'),
  drop constraint reference_prefix_is_short,
  add constraint reference_prefix_is_short_and_upper_case check (reference_prefix ~ '^[A-Z0-9]{2,6}$'),
  drop constraint plugins_are_an_object,
  add constraint merchant_has_settings_for_both_types_of_checkout
    check (jsonb_typeof(plugins) = 'object' and plugins ?& array['e_commerce', 'payment_request']),
  add constraint told_states_are_known
    check (coalesce(nullif(plugins #> '{e_commerce,states}', 'null'), '[]') <@ '["paid", "failed", "authorized", "canceled"]'
           and coalesce(nullif(plugins #> '{payment_request,states}', 'null'), '[]') <@ '["paid", "failed", "authorized", "canceled"]');
