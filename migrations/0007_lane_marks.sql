-- The last batch that each lane committed, one row for each lane that ever started: what tells a lane whose COMMIT got no
-- answer what became of it. The transaction's id alone cannot: after a crash PostgreSQL gives unflushed ids out again.
create table lane_marks (
  shard   smallint not null,
  lane_id uuid not null,
  batch   bigint not null, -- the lane's own count
  constraint lane_marks_pkey primary key (shard, lane_id)
) with (fillfactor = 50);
