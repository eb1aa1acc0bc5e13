// Ways in which the ledger alone can be wrong, and what every planted fault is made of.
import { newId } from '../../src/ids.ts'
import type { Worked } from './workload.ts'

export interface Fault {
  readonly fault: string
  /** The checks that report it, and no others; the first is the one it is made for. */
  readonly breaks: readonly string[]
  /** How many rows the first of them reports. */
  readonly count?: number
  readonly sql: (world: Worked) => string[]
}

const OF_NETWORK = "kind = 'network_settlement' and currency = 'USD'"
const OF_MERCHANT = "kind = 'merchant_payable' and currency = 'USD'"
const OF_SAFEGUARDING = "kind = 'safeguarding' and currency = 'USD'"
const idOf = (account: string): string => `(select id from accounts where ${account})`

/** A transfer between two accounts without a rule, with counters, numbers and balances as they should be. */
export const strayTransfer = (kind: 'posted' | 'pending', fact: string): string[] => {
  const counter = kind === 'posted' ? 'posted' : 'pending'
  return [
    `update accounts set debits_${counter} = debits_${counter} + 7, seq = seq + 1 where ${OF_NETWORK}`,
    `update accounts set credits_${counter} = credits_${counter} + 7, seq = seq + 1 where ${OF_MERCHANT}`,
    `insert into transfers (shard, id, kind, fact, operation_id, debit_account_id, credit_account_id, currency, amount,
                            debit_seq, credit_seq, debit_balance, credit_balance, created_at)
     select 0, '${newId()}', '${kind}', '${fact}', '${newId()}', d.id, c.id, 'USD', 7, d.seq, c.seq,
            d.credits_posted - d.debits_posted, c.credits_posted - c.debits_posted, now()
       from accounts d, accounts c
      where d.id = ${idOf(OF_NETWORK)} and c.id = ${idOf(OF_MERCHANT)}`,
  ]
}

export const LEDGER_FAULTS: readonly Fault[] = [
  {
    fault: 'a counter that changed alone',
    breaks: ['trial_balance', 'account_counters'],
    count: 1,
    sql: () => [`update accounts set credits_posted = credits_posted + 1 where ${OF_MERCHANT}`],
  },
  {
    fault: 'a pending counter that changed alone',
    breaks: ['trial_balance', 'account_counters'],
    count: 1,
    sql: () => [`update accounts set credits_pending = credits_pending + 1 where ${OF_MERCHANT}`],
  },
  {
    fault: 'counters that changed together',
    breaks: ['account_counters'],
    count: 1,
    sql: () => [
      `update accounts set debits_posted = debits_posted + 1, credits_posted = credits_posted + 1 where ${OF_MERCHANT}`,
    ],
  },
  {
    fault: 'counters of an account without transfers',
    breaks: ['account_counters', 'accounts_in_chart'],
    count: 1,
    sql: () => [
      `insert into accounts (shard, id, kind, owner_id, currency, rule, debits_posted, credits_posted)
       values (0, '${newId()}', 'merchant_payable', '${newId()}', 'USD', 'none', 5, 5)`,
    ],
  },
  {
    fault: 'a seq that ran ahead of its transfers',
    breaks: ['account_seq'],
    count: 1,
    sql: () => [`update accounts set seq = seq + 1 where ${OF_MERCHANT}`],
  },
  {
    fault: 'a gap before the last transfer',
    breaks: ['account_seq'],
    count: 1,
    sql: () => [
      `update transfers set debit_seq = debit_seq + 1
        where (debit_account_id, debit_seq) = (select id, seq from accounts where ${OF_SAFEGUARDING})`,
      `update accounts set seq = seq + 1 where ${OF_SAFEGUARDING}`,
    ],
  },
  {
    fault: 'a number that a debit and a credit share',
    breaks: ['account_seq'],
    count: 2, // the second transfer, and the account's seq, which nothing reaches any more
    sql: () => [
      `update transfers set debit_seq = 1 where debit_account_id = ${idOf("kind = 'client_funding' and currency = 'JPY'")}`,
    ],
  },
  {
    fault: 'a wrong balance on a transfer',
    breaks: ['running_balances'],
    count: 1,
    sql: () => [
      `update transfers set debit_balance = debit_balance + 1 where debit_account_id = ${idOf(OF_SAFEGUARDING)} and debit_seq = 1`,
    ],
  },
  {
    fault: 'money that was spent before it was there',
    breaks: ['account_rules'],
    count: 1,
    sql: () => {
      const account = idOf("kind = 'client_funding' and currency = 'JPY'")
      return [
        `update transfers set debit_seq = 1, debit_balance = -amount where debit_account_id = ${account}`,
        `update transfers set credit_seq = 2, credit_balance = 0 where credit_account_id = ${account}`,
      ]
    },
  },
  {
    fault: 'a rule that is not the one of the chart',
    breaks: ['accounts_in_chart'],
    count: 1,
    sql: () => [`update accounts set rule = 'debits_must_not_exceed_credits' where ${OF_NETWORK}`],
  },
  {
    fault: 'a rule that the account breaks',
    breaks: ['accounts_in_chart', 'account_rules'],
    sql: () => [
      'alter table accounts drop constraint account_has_no_overdraft',
      `update accounts set rule = 'debits_must_not_exceed_credits' where ${OF_SAFEGUARDING}`,
    ],
  },
  {
    fault: 'a transfer in another currency than its accounts',
    breaks: ['transfers_are_whole'],
    count: 1,
    sql: () => [
      `update transfers set currency = 'EUR' where debit_account_id = ${idOf(OF_SAFEGUARDING)} and debit_seq = 1`,
    ],
  },
  {
    fault: 'a transfer whose account is gone',
    breaks: ['transfers_are_whole', 'trial_balance', 'transfers_have_reasons'],
    sql: () => [`delete from accounts where kind = 'safeguarding' and currency = 'JPY'`],
  },
  {
    fault: 'a void of less than its hold',
    breaks: ['holds_end_as_taken'],
    count: 1,
    sql: ({ voided: [{ holdId }] }) => [`update transfers set amount = amount - 1 where pending_id = '${holdId}'`],
  },
  {
    fault: 'a hold that was ended twice while another stayed open',
    breaks: ['holds_end_once', 'open_holds', 'payment_states'],
    count: 1,
    sql: ({ voided: [one, other] }) => [
      'drop index a_hold_is_resolved_once',
      `update transfers set pending_id = '${one.holdId}' where pending_id = '${other.holdId}'`,
    ],
  },
]
