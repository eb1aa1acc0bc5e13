-- A merchant's own id for an order is in any script. Which characters are printable is the wire's to say: what [:print:] means
-- follows from the locale of the database, and in the plain one it is ASCII alone.
alter table orders
  drop constraint merchant_transaction_id_is_readable,
  add constraint merchant_transaction_id_is_one_line
    check (merchant_transaction_id !~ '[[:cntrl:]]' and length(merchant_transaction_id) between 1 and 100);
