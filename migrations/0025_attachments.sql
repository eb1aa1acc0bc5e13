-- Files that merchants hand to payers with a checkout, and short addresses that lead to files and checkouts.

create table attachments (
  shard         smallint not null,
  id            uuid not null,
  merchant_id   uuid not null,
  filename      text not null, -- without a path
  media_type    text not null,
  uses          integer not null, -- how many checkouts name it
  forgotten_at  timestamptz, -- the last checkout that named it is gone for good, or names another one
  created_at    timestamptz not null,
  constraint attachments_pkey primary key (shard, id),
  constraint attachment_belongs_to_a_merchant foreign key (shard, merchant_id) references merchants (shard, id),
  constraint attachment_name_fits check (length(filename) between 1 and 100),
  constraint attachment_name_is_no_path check (filename !~ '[/\\[:cntrl:]]'),
  constraint attachment_type_is_known
    check (media_type in ('application/pdf', 'image/jpeg', 'image/png', 'application/msword', 'application/vnd.ms-excel', 'text/plain',
                          'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
                          'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet')),
  constraint attachment_uses_are_counted check (uses >= 0),
  constraint attachment_in_use_is_not_forgotten check (forgotten_at is null or uses = 0)
);
create index attachments_out_of_use on attachments (shard, created_at) where uses = 0;

-- Apart from what batches load.
create table attachment_files (
  shard          smallint not null,
  attachment_id  uuid not null,
  bytes          bytea not null,
  constraint attachment_files_pkey primary key (shard, attachment_id),
  constraint attachment_file_is_of_an_attachment
    foreign key (shard, attachment_id) references attachments (shard, id) on delete cascade,
  constraint attachment_file_fits check (octet_length(bytes) between 1 and 2621440) -- 2.5 MB
);

-- A code is never given out again: an old link leads nowhere rather than to something else.
create table short_codes (
  shard       smallint not null,
  code        text not null,
  kind        text not null,
  target_id   uuid not null, -- of a checkout or an attachment, also when that is gone
  created_at  timestamptz not null,
  constraint short_codes_pkey primary key (shard, code),
  constraint short_code_is_six_letters_or_digits check (code ~ '^[A-HJ-NP-Za-km-z2-9]{6}$'),
  constraint short_code_kind_is_known check (kind in ('checkout', 'attachment'))
);
insert into short_codes (shard, code, kind, target_id, created_at)
select shard, short_code, 'checkout', id, created_at
  from checkouts
 where short_code is not null;
