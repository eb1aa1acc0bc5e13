-- A gateway may tell of a refund that was begun at the gateway itself: of which of our charges, and of how much.

alter table gateway_notifications
  add column charge_id uuid, -- the operation that it refunds; only of refunds
  add column amount bigint,
  add column currency text,
  add constraint notified_refund_is_of_a_charge
    check ((charge_id is null) = (amount is null) and (amount is null) = (currency is null) and (amount is null or amount > 0));
