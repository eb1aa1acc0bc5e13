// What must hold around checkouts: what was tried and what paid them, what was done afterwards under which key, what is deleted, which
// files and short addresses lead where, what invoices come to.
import type { Check } from './queries.ts'

const checkoutsPaid: Check = {
  name: 'checkouts_paid',
  sentence:
    'Each payment of the Operations face is one try to pay a checkout of its merchant; what paid one was of its amount and currency.',
  sql: `
    select p.id as payment, p.merchant_id as merchant, p.state, p.amount, p.currency, p.claim_id as checkout,
           c.merchant_id as checkout_merchant, c.amount as checkout_amount, c.currency as checkout_currency, a.checkout_id as attempt_of
      from payments p
      left join checkouts c on c.shard = p.shard and c.id = p.claim_id
      left join checkout_attempts a on a.shard = p.shard and a.payment_id = p.id
      left join claims k on k.shard = p.shard and k.id = p.claim_id
     where (p.origin = 'operations' or c.id is not null or a.payment_id is not null)
       and ((p.origin, p.merchant_id, a.merchant_id, a.checkout_id) is distinct from ('operations', c.merchant_id, c.merchant_id, c.id)
            or (k.paid_by = p.id and (p.amount, p.currency) is distinct from (c.amount, c.currency)))
    union all
    select a.payment_id, a.merchant_id, null, null, null, a.checkout_id, null, null, null, a.checkout_id
      from checkout_attempts a
     where not exists (select 1 from payments p where p.shard = a.shard and p.id = a.payment_id)`,
}

const checkoutsEnd: Check = {
  name: 'checkouts_end',
  sentence:
    'A checkout is paid by a payment, by cash, or by a card that was kept; what was deleted for good says nothing about anybody.',
  sql: `
    select c.id as checkout, k.state, c.amount, c.payment_type, c.cash_code, k.paid_by, c.deleted_at
      from checkouts c
      left join claims k on k.shard = c.shard and k.id = c.id
     where k.id is null
        or (k.state = 'paid' and (k.paid_by is null) <> (c.payment_type = 'save_card'))
        or (k.state = 'cod' and c.cash_code is null)
        or (k.state = 'deleted' and (c.deleted_at is null
                                     or num_nonnulls(c.order_no, c.customer_id, c.redirect_url, c.webhook_url, c.initiator) > 0
                                     or c.details <> '{}'))
        or (k.state not in ('paid', 'authorized', 'cod', 'deleted') and c.deleted_at is not null)
    union all
    select a.checkout_id, k.state, null, null, null, a.payment_id, null
      from checkout_attempts a
      join claims k on k.shard = a.shard and k.id = a.checkout_id
     where k.state = 'deleted' and a.card is not null`,
}

const childrenFollow: Check = {
  name: 'children_follow',
  sentence:
    'Each child transaction is a capture, refund or void of its parent’s payment, and a key stands for one that its merchant sent with it.',
  sql: `
    select t.operation_id as operation, o.kind, t.merchant_id as merchant, o.merchant_id as operation_merchant, t.parent_id as parent,
           coalesce(p.claim_id, p.id) as parent_expected, t.tracking_key
      from child_transactions t
      left join operations o on o.shard = t.shard and o.id = t.operation_id
      left join payments p on p.shard = o.shard and p.id = o.payment_id
     where o.kind is null or o.kind not in ('capture', 'refund', 'void')
        or o.merchant_id <> t.merchant_id
        or t.parent_id not in (p.id, coalesce(p.claim_id, p.id))
    union all
    select k.operation_id, null, k.merchant_id, t.merchant_id, t.parent_id, null, k.key
      from tracking_keys k
      left join child_transactions t on t.shard = k.shard and t.operation_id = k.operation_id
     where (t.merchant_id, t.tracking_key) is distinct from (k.merchant_id, k.key)`,
}

const savedCardsOwned: Check = {
  name: 'saved_cards_owned',
  sentence: 'Each saved card is one that its own merchant keeps.',
  sql: `
    select s.registration_id as registration, s.merchant_id as merchant, r.merchant_id as registration_merchant
      from saved_cards s
      left join registrations r on r.shard = s.shard and r.id = s.registration_id
     where r.merchant_id is distinct from s.merchant_id`,
}

const attachmentsCounted: Check = {
  name: 'attachments_counted',
  sentence: 'Each file that a checkout names is there, is its merchant’s, and counts the checkouts that name it.',
  sql: `
    with named as (select shard, merchant_id, (details #>> '{attachment,id}')::uuid as id, count(*) as uses
                     from checkouts
                    where details ? 'attachment'
                    group by shard, merchant_id, 3)
    select coalesce(a.id, n.id) as attachment, a.merchant_id as merchant, n.merchant_id as checkout_merchant,
           a.uses, n.uses as uses_recomputed, f.attachment_id is not null as has_file
      from attachments a
      full join named n on n.shard = a.shard and n.id = a.id
      left join attachment_files f on f.shard = a.shard and f.attachment_id = a.id
     where a.uses is distinct from coalesce(n.uses, 0)
        or n.merchant_id <> a.merchant_id
        or f.attachment_id is null`,
}

const shortAddressesLead: Check = {
  name: 'short_addresses_lead',
  sentence: 'The short code of a checkout leads to it, and that of the file that goes with it to the file.',
  sql: `
    select c.id as checkout, c.short_code, s.kind, s.target_id, c.id as target_expected
      from checkouts c
      left join short_codes s on s.shard = c.shard and s.code = c.short_code
     where c.short_code is not null and (s.kind, s.target_id) is distinct from ('checkout', c.id)
    union all
    select c.id, s.code, s.kind, s.target_id, (c.details #>> '{attachment,id}')::uuid
      from checkouts c
      left join short_codes s on s.shard = c.shard and s.code = c.details #>> '{attachment,shortCode}'
     where c.details #> '{attachment,shortCode}' is not null
       and (s.kind, s.target_id) is distinct from ('attachment', (c.details #>> '{attachment,id}')::uuid)`,
}

const invoicesAddUp: Check = {
  name: 'invoices_add_up',
  sentence: 'Each invoice is what its items come to, and its checkout asks for exactly that.',
  sql: `
    select i.checkout_id as checkout, i.merchant_id as merchant, c.merchant_id as checkout_merchant, i.total_incl_tax,
           c.amount as checkout_amount, i.subtotal, s.total as items_total, s.adds_up as items_add_up
      from checkout_invoices i
      left join checkouts c on c.shard = i.shard and c.id = i.checkout_id
     cross join lateral
           (select sum(total) as total, bool_and(price - discount + tax = total and price - discount = total_excl_tax) as adds_up
              from (select (item #>> '{figures,price}')::bigint as price, (item #>> '{figures,discount}')::bigint as discount,
                           (item #>> '{figures,totalExclTax}')::bigint as total_excl_tax,
                           (item #>> '{figures,taxAmount}')::bigint as tax, (item #>> '{figures,totalInclTax}')::bigint as total
                      from jsonb_array_elements(i.items) as item) as figures) as s
     where (c.merchant_id, c.amount, s.total, s.adds_up) is distinct from (i.merchant_id, i.total_incl_tax, i.subtotal::numeric, true)`,
}

export const CHECKOUT_CHECKS: readonly Check[] = [
  checkoutsPaid,
  checkoutsEnd,
  childrenFollow,
  savedCardsOwned,
  attachmentsCounted,
  shortAddressesLead,
  invoicesAddUp,
]
