-- Whether a capture at the sandbox gateway gives up what it leaves: one that is refused in the end gives back what it took.

alter table sandbox_gateway.operations
  add column is_final boolean not null default true; -- of a capture
