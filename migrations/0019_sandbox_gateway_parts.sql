-- A hold at the sandbox gateway can be captured in parts; only a void ends it once.

drop index sandbox_gateway.charge_is_captured_or_voided_once;
create unique index charge_is_voided_once on sandbox_gateway.operations (account_id, parent_reference)
  where operation = 'void' and state <> 'declined';
