// The comparison: the same balance transfer as one hand-written PL/pgSQL function, writing the same rows, one call and
// one commit each over 16 connections. This is what a careful team without a lane would build.
import { randomBytes } from 'node:crypto'
import type { Pool } from '../src/db/pool.ts'
import { newId, newReference, SHARD, siblingId } from '../src/ids.ts'
import { cardAccountLedger } from '../src/ledger/accounts.ts'

const FUNCTION = `
create or replace function bench_transfer(
  p_id uuid, p_leg uuid, p_transfer uuid, p_event1 uuid, p_event2 uuid, p_client uuid, p_source uuid, p_destination uuid,
  p_debit uuid, p_credit uuid, p_currency text, p_amount bigint, p_ref text, p_scope text, p_key text, p_fingerprint bytea
) returns jsonb language plpgsql as $$
declare
  v_now timestamptz := date_trunc('milliseconds', clock_timestamp());
  v_result jsonb; v_type1 text; v_type2 text; v_client1 uuid; v_client2 uuid; v_currency1 text; v_currency2 text;
  d accounts%rowtype; c accounts%rowtype;
begin
  select result into v_result from idempotency_keys where shard = ${SHARD} and scope = p_scope and key = p_key for no key update;
  if found then return v_result; end if;
  select client_id, account_type, currency into v_client1, v_type1, v_currency1 from card_accounts where shard = ${SHARD} and id = p_source;
  select client_id, account_type, currency into v_client2, v_type2, v_currency2 from card_accounts where shard = ${SHARD} and id = p_destination;
  if v_client1 <> p_client or v_client2 <> p_client or v_type1 <> 'prepaid' or v_type2 <> 'prepaid'
     or v_currency1 <> p_currency or v_currency2 <> p_currency then raise exception 'refused'; end if;
  if p_debit < p_credit then
    select * into d from accounts where shard = ${SHARD} and id = p_debit for no key update;
    select * into c from accounts where shard = ${SHARD} and id = p_credit for no key update;
  else
    select * into c from accounts where shard = ${SHARD} and id = p_credit for no key update;
    select * into d from accounts where shard = ${SHARD} and id = p_debit for no key update;
  end if;
  if d.credits_posted - d.debits_posted - d.debits_pending < p_amount then raise exception 'insufficient funds'; end if;
  update accounts set debits_posted = debits_posted + p_amount, seq = seq + 1 where shard = ${SHARD} and id = p_debit;
  update accounts set credits_posted = credits_posted + p_amount, seq = seq + 1 where shard = ${SHARD} and id = p_credit;
  insert into transfers (shard, id, kind, fact, operation_id, debit_account_id, credit_account_id, currency, amount, pending_id,
                         debit_seq, credit_seq, debit_balance, credit_balance, created_at)
  values (${SHARD}, p_transfer, 'posted', 'balance_transferred', p_id, p_debit, p_credit, p_currency, p_amount, null,
          d.seq + 1, c.seq + 1, d.credits_posted - d.debits_posted - p_amount, c.credits_posted - c.debits_posted + p_amount, v_now);
  insert into card_transactions (shard, id, client_id, card_account_id, ref_id, status, intent, entry_type, currency, amount, gross_amount,
                                 description, created_at, posted_at)
  values (${SHARD}, p_id, p_client, p_source, p_ref, 'posted', 'transfer', 'CREDIT', p_currency, p_amount, p_amount, 'bench', v_now, v_now),
         (${SHARD}, p_leg, p_client, p_destination, p_ref, 'posted', 'transfer', 'DEBIT', p_currency, p_amount, p_amount, 'bench', v_now, v_now);
  insert into events (shard, id, type, owner_id, subject_id, data, created_at)
  values (${SHARD}, p_event1, 'card_account.moved', p_client, p_source, jsonb_build_object(
            'available', (d.credits_posted - d.debits_posted - d.debits_pending - p_amount)::text, 'currency', p_currency, 'transactions',
            jsonb_build_array(jsonb_build_object('id', p_id, 'status', 'posted', 'amount', p_amount::text, 'grossAmount', p_amount::text, 'postedAt', v_now))), v_now),
         (${SHARD}, p_event2, 'card_account.moved', p_client, p_destination, jsonb_build_object(
            'available', (c.credits_posted - c.debits_posted - c.debits_pending + p_amount)::text, 'currency', p_currency, 'transactions',
            jsonb_build_array(jsonb_build_object('id', p_leg, 'status', 'posted', 'amount', p_amount::text, 'grossAmount', p_amount::text, 'postedAt', v_now))), v_now);
  v_result := jsonb_build_object('done', jsonb_build_object(
    'id', p_id, 'refId', p_ref, 'status', 'posted', 'intent', 'transfer', 'entryType', 'CREDIT', 'currency', p_currency,
    'amount', jsonb_build_object('$bigint', p_amount::text), 'grossAmount', jsonb_build_object('$bigint', p_amount::text),
    'clientId', p_client, 'cardAccountId', p_source, 'cardId', null, 'paymentId', null, 'description', 'bench', 'cardLast4', null,
    'cardEmbossedName', null, 'authDetails', null, 'merchant', null, 'xid', null, 'xmetadata', null,
    'createdAt', jsonb_build_object('$date', v_now), 'postedAt', jsonb_build_object('$date', v_now)));
  insert into idempotency_keys (shard, scope, key, fingerprint, result, created_at)
  values (${SHARD}, p_scope, p_key, p_fingerprint, v_result, v_now);
  return v_result;
end $$`

/** Creates the function; needs the owner's pool. */
export const createFunction = async (owner: Pool): Promise<void> => {
  await owner.query(FUNCTION)
}

export interface FunctionCall {
  readonly clientId: string
  readonly source: string
  readonly destination: string
  readonly amount: bigint
  readonly key: string
}

/** One call: one statement, one commit. */
export async function callFunction(
  pool: Pool,
  { clientId, source, destination, amount, key }: FunctionCall,
): Promise<void> {
  const id = newId()
  await pool.query({
    name: 'bench_transfer',
    text: 'select bench_transfer($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)',
    values: [
      id,
      siblingId(id, 1),
      siblingId(id, 1),
      siblingId(id, 2),
      siblingId(id, 3),
      clientId,
      source,
      destination,
      cardAccountLedger(source, 'USD').id,
      cardAccountLedger(destination, 'USD').id,
      'USD',
      amount,
      newReference('CT'),
      `${clientId} bench`,
      key,
      randomBytes(32),
    ],
  })
}
