-- In which language a payer was reading when he tried to pay: a gateway sends him back to us without saying.

alter table checkout_attempts
  add column language text not null default 'en' constraint attempt_language_is_known check (language in ('en', 'ar'));
update checkout_attempts a
   set language = c.language
  from checkouts c
 where c.shard = a.shard and c.id = a.checkout_id;
