// What must be unique, and what names something else and must name it rightly.
import type { Check } from './queries.ts'

const bindingsUnique: Check = {
  name: 'bindings_unique',
  sentence: 'A merchant binds a card once, and each binding has a token of its own.',
  sql: `
    with counted as (
      select id, merchant_id, card_id, token, count(*) over (partition by shard, merchant_id, card_id) as of_the_pair,
             count(*) over (partition by shard, token) as of_the_token
        from bindings
    )
    select id as binding, merchant_id as merchant, card_id as card, of_the_pair, of_the_token
      from counted
     where of_the_pair > 1 or of_the_token > 1`,
}

const CARRIERS = `
  carriers as (
    select shard, client_id, xid, 'account' as resource_type, id as resource_id from funding_accounts where xid is not null
    union all
    select shard, client_id, xid, 'transfer', id from account_transfers where xid is not null
    union all
    select shard, client_id, xid, 'cardaccount', id from card_accounts where xid is not null
    union all
    select shard, client_id, xid, 'card', id from cards where xid is not null
    union all
    select shard, client_id, xid, 'transaction', id from card_transactions where xid is not null
  )`

// An xid that was given back keeps its row, as released.
const xidsCarried: Check = {
  name: 'xids_carried',
  sentence: 'Each xid stands for the one resource that carries it.',
  sql: `
    with ${CARRIERS}, claimed as (
      select shard, client_id, xid, resource_type, resource_id from xids where resource_type <> 'released'
    )
    select client_id as client, xid, claimed.resource_type as claimed_type, claimed.resource_id as claimed_by,
           carriers.resource_type as carried_type, carriers.resource_id as carried_by
      from claimed
      full join carriers using (shard, client_id, xid)
     where (claimed.resource_type, claimed.resource_id) is distinct from (carriers.resource_type, carriers.resource_id)`,
}

const challengesSingle: Check = {
  name: 'challenges_single',
  sentence: 'A binding has one code of each kind at most, blocked when and only when its tries are used up.',
  sql: `
    with counted as (
      select id, subject_id, kind, status, attempts, attempts_max, count(*) over (partition by shard, subject_id, kind) as codes
        from challenges
    )
    select id as challenge, subject_id as binding, kind, status, attempts, attempts_max, codes
      from counted
     where codes > 1 or attempts < 0 or attempts > attempts_max or (status = 'blocked') <> (attempts >= attempts_max)`,
}

const idempotencyKeysUnique: Check = {
  name: 'idempotency_keys_unique',
  sentence: 'Each idempotency key has one result.',
  sql: `
    select scope, key, count(*) as results
      from idempotency_keys
     group by shard, scope, key
    having count(*) > 1`,
}

export const KEY_CHECKS: readonly Check[] = [bindingsUnique, xidsCarried, challengesSingle, idempotencyKeysUnique]
