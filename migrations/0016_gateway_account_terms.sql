-- What a merchant has agreed with a gateway beside access: which operations, what the payer pays on top, and in which other
-- currencies something may cost.

alter table gateway_accounts
  add column name text not null default '',
  add column operations jsonb, -- array of operations; null is whatever the gateway can
  add column is_routed boolean not null default true, -- takes payments that name no account
  add column fee jsonb, -- {kind, value, chargesOwnCurrency, description}; null is none
  add column rates jsonb not null default '[]', -- [{currency, numerator, denominator}]: into the account's currency
  add constraint gateway_account_fee_is_an_object check (fee is null or jsonb_typeof(fee) = 'object'),
  add constraint gateway_account_rates_are_a_list check (jsonb_typeof(rates) = 'array'),
  add constraint what_costs_more_is_chosen_by_name check (not is_routed or (fee is null and rates = '[]'));
update gateway_accounts set name = code;
alter table gateway_accounts
  alter column name drop default,
  alter column is_routed drop default,
  alter column rates drop default;
