-- The short code of a checkout is one that leads somewhere.

alter table checkouts
  add constraint checkout_short_code_is_taken foreign key (shard, short_code) references short_codes (shard, code);
