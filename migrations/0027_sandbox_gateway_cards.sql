-- Cards that the sandbox gateway keeps for its accounts, without their numbers. One that is forgotten leaves its reference and
-- its token, so that no late copy of a request brings it back.

create table sandbox_gateway.cards (
  account_id   text not null,
  reference    text not null, -- the caller's: kept once
  token        text not null, -- random: what the caller charges
  last4        text,
  brand        text,
  expiry_month smallint,
  expiry_year  smallint,
  behavior     jsonb, -- what its charges will meet
  created_at   timestamptz not null,
  forgotten_at timestamptz,
  constraint cards_pkey primary key (account_id, reference),
  constraint card_is_of_an_account foreign key (account_id) references sandbox_gateway.accounts (id),
  constraint card_token_is_one_of_a_kind unique (token),
  constraint card_shows_four_digits check (last4 ~ '^[0-9]{4}$'),
  constraint card_expires_in_a_month check (expiry_month between 1 and 12),
  constraint card_is_whole_until_it_is_forgotten check (
    num_nulls(last4, brand, expiry_month, expiry_year, behavior) = case when forgotten_at is null then 0 else 5 end)
);
