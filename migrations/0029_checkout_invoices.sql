-- Invoices: what a checkout asks for, item by item. Written with the checkout, and never changed; figures are in minor units.

create table checkout_invoices (
  shard              smallint not null,
  merchant_id        uuid not null,
  invoice_number     text not null, -- the merchant's own; never used again, also when the checkout was deleted
  checkout_id        uuid not null,
  due_date           date not null,
  company_name       text,
  items              jsonb not null, -- each as it was given, with its figures as texts
  terms              jsonb not null, -- rates and discounts of the whole, as they were given
  subtotal           bigint not null, -- of the items with their taxes
  discount           bigint not null,
  total_excl_tax     bigint not null,
  tax_amount         bigint not null,
  shipping_excl_tax  bigint not null,
  shipping_incl_tax  bigint not null,
  total_incl_tax     bigint not null, -- what the checkout asks for
  created_at         timestamptz not null,
  constraint checkout_invoices_pkey primary key (shard, merchant_id, invoice_number),
  constraint a_checkout_has_one_invoice unique (shard, checkout_id),
  constraint checkout_invoice_is_of_a_checkout foreign key (shard, checkout_id) references checkouts (shard, id),
  constraint checkout_invoice_number_fits check (length(invoice_number) between 1 and 255),
  constraint checkout_invoice_has_items check (jsonb_typeof(items) = 'array' and jsonb_array_length(items) > 0),
  constraint checkout_invoice_discount_is_part_of_its_subtotal check (discount between 0 and subtotal),
  constraint checkout_invoice_taxes_are_not_negative check (tax_amount >= 0 and shipping_excl_tax between 0 and shipping_incl_tax),
  constraint checkout_invoice_adds_up
    check (total_excl_tax = subtotal - discount and total_incl_tax = total_excl_tax + tax_amount + shipping_incl_tax),
  constraint checkout_invoice_asks_for_something check (total_incl_tax > 0)
);
