// What must hold in the ledger alone: counters, sequences and balances follow from the transfers, and holds end once.
import { CHART } from '../ledger/accounts.ts'
import type { Check } from './queries.ts'

// Each transfer twice, once for either account: what it did to the account's counters. Ending a hold takes the whole of it
// from pending, whatever amount was posted. Windows over them begin with the account: of a sort's first column PostgreSQL
// compares short keys, and the shard is the same everywhere.
const LEGS = `
  legs as (
    select t.shard, t.id, leg.account_id, leg.seq,
           leg.is_debit * moved.pending as debits_pending, leg.is_debit * moved.posted as debits_posted,
           (1 - leg.is_debit) * moved.pending as credits_pending, (1 - leg.is_debit) * moved.posted as credits_posted
      from transfers t
      left join transfers hold on hold.shard = t.shard and hold.id = t.pending_id
     cross join lateral (select case when t.kind in ('posted', 'post_pending') then t.amount else 0 end as posted,
                                case when t.kind = 'pending' then t.amount else -coalesce(hold.amount, 0) end as pending
                        ) as moved
     cross join lateral (values (1, t.debit_account_id, t.debit_seq),
                                (0, t.credit_account_id, t.credit_seq)
                        ) as leg(is_debit, account_id, seq)
  )`

const accountCounters: Check = {
  name: 'account_counters',
  sentence: 'The four counters of each account are the sums of its transfers.',
  sql: `
    with ${LEGS}, sums as (
      select shard, account_id, sum(debits_pending) as debits_pending, sum(debits_posted) as debits_posted,
             sum(credits_pending) as credits_pending, sum(credits_posted) as credits_posted
        from legs
       group by shard, account_id
    )
    select a.id as account, a.kind, a.currency,
           a.debits_pending, coalesce(s.debits_pending, 0) as debits_pending_recomputed,
           a.debits_posted, coalesce(s.debits_posted, 0) as debits_posted_recomputed,
           a.credits_pending, coalesce(s.credits_pending, 0) as credits_pending_recomputed,
           a.credits_posted, coalesce(s.credits_posted, 0) as credits_posted_recomputed
      from accounts a
      left join sums s on s.shard = a.shard and s.account_id = a.id
     where (a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted) is distinct from
           (coalesce(s.debits_pending, 0), coalesce(s.debits_posted, 0),
            coalesce(s.credits_pending, 0), coalesce(s.credits_posted, 0))`,
}

const accountSeq: Check = {
  name: 'account_seq',
  sentence: 'The transfers of each account are numbered from 1 to its seq, without gap or repeat.',
  sql: `
    with legs as (
      select shard, id, debit_account_id as account_id, debit_seq as seq from transfers
      union all
      select shard, id, credit_account_id, credit_seq from transfers
    ), numbered as (
      select shard, id, account_id, seq, lag(seq, 1, 0::bigint) over (partition by account_id, shard order by seq, id) as before
        from legs
    )
    select account_id as account, id as transfer, seq, before + 1 as seq_expected
      from numbered
     where seq <> before + 1
    union all
    select a.id, null, a.seq, coalesce(last.seq, 0)
      from accounts a
      left join (select shard, account_id, max(seq) as seq from legs group by shard, account_id) as last
             on last.shard = a.shard and last.account_id = a.id
     where a.seq <> coalesce(last.seq, 0)`,
}

const runningBalances: Check = {
  name: 'running_balances',
  sentence: 'Each transfer says what both accounts held after it.',
  sql: `
    with moved as (
      select shard, id, debit_account_id as account_id, debit_seq as seq, debit_balance as balance,
             case when kind in ('posted', 'post_pending') then -amount else 0 end as amount
        from transfers
      union all
      select shard, id, credit_account_id, credit_seq, credit_balance,
             case when kind in ('posted', 'post_pending') then amount else 0 end
        from transfers
    ), recomputed as (
      select id, account_id, seq, balance,
             sum(amount) over (partition by account_id, shard order by seq, id rows unbounded preceding) as balance_recomputed
        from moved
    )
    select id as transfer, account_id as account, seq, balance, balance_recomputed
      from recomputed
     where balance <> balance_recomputed`,
}

const accountRules: Check = {
  name: 'account_rules',
  sentence: 'No account breaks its rule, neither now nor after any transfer of the past.',
  sql: `
    with ${LEGS}, ruled as (
      select a.id as account, a.kind, a.rule, l.id as transfer, l.seq,
             sum(case a.rule when 'debits_must_not_exceed_credits' then l.credits_posted - l.debits_posted - l.debits_pending
                             else l.debits_posted - l.credits_posted - l.credits_pending end)
               over (partition by a.id, a.shard order by l.seq, l.id rows unbounded preceding) as room
        from accounts a
        join legs l on l.shard = a.shard and l.account_id = a.id
       where a.rule <> 'none'
      union all
      select id, kind, rule, null, seq,
             case rule when 'debits_must_not_exceed_credits' then credits_posted - debits_posted - debits_pending
                       else debits_posted - credits_posted - credits_pending end
        from accounts
       where rule <> 'none'
    )
    select account, kind, rule, transfer, seq, room as left_to_move
      from ruled
     where room < 0`,
}

const trialBalance: Check = {
  name: 'trial_balance',
  sentence: 'In each currency all debits equal all credits, posted and pending.',
  sql: `
    select currency, sum(debits_posted) as debits_posted, sum(credits_posted) as credits_posted,
           sum(debits_pending) as debits_pending, sum(credits_pending) as credits_pending
      from accounts
     group by currency
    having sum(debits_posted) <> sum(credits_posted) or sum(debits_pending) <> sum(credits_pending)`,
}

const CHART_SQL = Object.entries(CHART)
  .map(([kind, { rule }]) => `('${kind}', '${rule}')`)
  .join(', ')

// The id is that of derivedId in src/ids.ts.
const accountsInChart: Check = {
  name: 'accounts_in_chart',
  sentence:
    'Each account is of a kind in the chart of accounts, with its rule, and under the id that follows from what it is.',
  sql: `
    select a.id as account, a.kind, a.owner_id as owner, a.currency, a.rule, chart.rule as rule_expected, made.id as id_expected
      from accounts a
      left join (values ${CHART_SQL}) as chart(kind, rule) on chart.kind = a.kind
     cross join lateral encode(sha256(convert_to(concat_ws(' ', a.kind, a.owner_id, a.currency), 'UTF8')), 'hex') as hash
     cross join lateral (select (substr(hash, 1, 8) || '-' || substr(hash, 9, 4)
                                 || '-8' || lpad(to_hex(a.shard::integer), 3, '0') || '-8' || substr(hash, 13, 3)
                                 || '-' || substr(hash, 16, 12))::uuid as id) as made
     where a.rule is distinct from chart.rule or a.id <> made.id`,
}

const transfersAreWhole: Check = {
  name: 'transfers_are_whole',
  sentence: 'Each transfer moves a positive amount between two different accounts of its currency.',
  sql: `
    select t.id as transfer, t.kind, t.amount, t.currency, t.debit_account_id as debit_account, d.currency as debit_currency,
           t.credit_account_id as credit_account, c.currency as credit_currency
      from transfers t
      left join accounts d on d.shard = t.shard and d.id = t.debit_account_id
      left join accounts c on c.shard = t.shard and c.id = t.credit_account_id
     where t.amount <= 0
        or t.debit_account_id = t.credit_account_id
        or d.currency is distinct from t.currency
        or c.currency is distinct from t.currency`,
}

const holdsEndWhole: Check = {
  name: 'holds_end_as_taken',
  sentence:
    'What ends a hold comes after it, between the same accounts, for at most its amount; a void for exactly its amount.',
  sql: `
    select r.id as transfer, r.kind, r.amount, r.pending_id as hold, h.kind as hold_kind, h.amount as hold_amount
      from transfers r
      left join transfers h on h.shard = r.shard and h.id = r.pending_id
     where (r.kind in ('post_pending', 'void_pending') or r.pending_id is not null)
       and (r.kind not in ('post_pending', 'void_pending')
            or h.kind is distinct from 'pending'
            or (h.debit_account_id, h.credit_account_id, h.currency) <> (r.debit_account_id, r.credit_account_id, r.currency)
            or h.debit_seq >= r.debit_seq
            or h.credit_seq >= r.credit_seq
            or r.amount > h.amount
            or (r.kind = 'void_pending' and r.amount <> h.amount))`,
}

const holdsEndOnce: Check = {
  name: 'holds_end_once',
  sentence: 'No hold is ended twice.',
  sql: `
    select pending_id as hold, count(*) as endings, array_agg(id order by id) as transfers
      from transfers
     where pending_id is not null
     group by shard, pending_id
    having count(*) > 1`,
}

export const LEDGER_CHECKS: readonly Check[] = [
  trialBalance,
  accountCounters,
  accountSeq,
  runningBalances,
  accountRules,
  accountsInChart,
  transfersAreWhole,
  holdsEndWhole,
  holdsEndOnce,
]
