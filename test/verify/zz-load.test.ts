import { inject, test } from 'vitest'
import { connect } from '../../src/db/pool.ts'
import { LEDGER_CHECKS } from '../../src/verify/ledger-queries.ts'
import { PAYMENT_CHECKS } from '../../src/verify/payment-queries.ts'
import { selectOffending } from '../../src/verify/queries.ts'
import { renderReport } from '../../src/verify/report.ts'
import { STATEMENT_CHECKS } from '../../src/verify/statement-queries.ts'
import { verify } from '../../src/verify/verify.ts'
import { openDatabase } from '../helpers/database.ts'
import { withDatabase } from '../helpers/global-setup.ts'

const U = (x: string) => `('00000000-0000-7000-8000-' || lpad(to_hex(${x}), 12, '0'))::uuid`
const OWN = (x: string) => `('00000000-0000-7000-8001-' || lpad(to_hex(${x}), 12, '0'))::uuid`
const ACC = (k: string, o: string) =>
  `(select (substr(h,1,8)||'-'||substr(h,9,4)||'-8000-8'||substr(h,13,3)||'-'||substr(h,16,12))::uuid from encode(sha256(convert_to(concat_ws(' ', ${k}, ${o}, 'USD'),'UTF8')),'hex') h)`
test('load', async () => {
  const db = await openDatabase()
  const c = await connect(withDatabase(inject('server').adminUrl, new URL(db.url).pathname.slice(1)), {
    statementTimeoutMs: 0,
  })
  const run = async (s: string) => {
    const t = performance.now()
    const r = await c.query(s)
    process.stderr.write(`${Math.round(performance.now() - t)} ms ${r.rowCount} ${s.trim().slice(0, 60)}\n`)
  }
  await run(`set session_replication_role = replica; set synchronous_commit = off; set work_mem='256MB'; set jit=off`)
  await run(`insert into accounts (shard,id,kind,owner_id,currency,rule)
    select 0, ${ACC('k', 'o')}, k, o, 'USD', case when k in ('card_account','client_funding') then 'debits_must_not_exceed_credits' else 'none' end from (
     select 'card_account' k, ${OWN('n')} o from generate_series(0,9999) n union all select 'client_funding', ${OWN('20000')} union all select 'merchant_payable', ${OWN('30000')} union all select 'safeguarding','00000000-0000-7000-8000-000000000000'::uuid) x`)
  await run(`create temp table a as select id, kind, ('x'||right(owner_id::text,8))::bit(32)::int n from accounts`)
  await run(`create temp table raw as select m.n, m.kind, fact, op, d.id debit, k.id credit, amount, pend from (
     select n, 'posted' kind, 'deposited' fact, n op, 'safeguarding' dk, 0 dn, 'client_funding' ck, 20000 cn, 1000000::bigint amount, null::int pend from generate_series(1,10000) n
     union all select n, 'posted','topped_up', n, 'client_funding', 20000, 'card_account', n-10001, 1000000, null from generate_series(10001,20000) n
     union all select n, 'posted','balance_transferred', n, 'card_account', n%10000, 'card_account', (n%10000 + 1 + (n/10000)*37 % 9998)%10000, 1+n%5, null from generate_series(20001,820000) n
     union all select n, 'pending','charge_authorized', n, 'card_account', n%10000, 'merchant_payable', 30000, 10, null from generate_series(820001,920000) n
     union all select n, 'post_pending','charge_captured', n, 'card_account', (n-100000)%10000, 'merchant_payable', 30000, 6, n-100000 from generate_series(920001,1020000) n
   ) m join a d on d.kind=dk and d.n=dn join a k on k.kind=ck and k.n=cn`)
  await run(`create temp table legs as select n, account, is_debit, row_number() over w seq, sum(case when kind in ('posted','post_pending') then case when is_debit then -amount else amount end else 0 end) over (w rows unbounded preceding)::bigint balance
     from (select n, kind, amount, debit account, true is_debit from raw union all select n, kind, amount, credit, false from raw) l window w as (partition by account order by n)`)
  await run(`analyze raw; analyze legs`)
  await run(`insert into transfers (shard,id,kind,fact,operation_id,debit_account_id,credit_account_id,currency,amount,pending_id,debit_seq,credit_seq,debit_balance,credit_balance,created_at)
    select 0, ${U('n::bigint*16+1')}, kind, fact, ${U('n::bigint*16')}, debit, credit, 'USD', amount, ${U('pend::bigint*16+1')}, d.seq, k.seq, d.balance, k.balance, now()
     from raw join legs d using (n) join legs k using (n) where d.is_debit and not k.is_debit order by n`)
  await run(`update accounts x set debits_posted=dp, credits_posted=cp, seq=s from (select account, count(*) s,
     sum(case when is_debit and kind in ('posted','post_pending') then amount else 0 end) dp, sum(case when not is_debit and kind in ('posted','post_pending') then amount else 0 end) cp from legs join raw using (n) group by account) y where y.account=x.id`)
  await run(`insert into card_transactions (shard,id,client_id,card_account_id,card_id,payment_id,ref_id,status,intent,entry_type,currency,amount,gross_amount,created_at,posted_at)
    select 0, case when leg=1 then ${U('raw.n::bigint*16+1')} when fact='charge_authorized' then ${U('raw.n::bigint*16+7')} else ${U('raw.n::bigint*16')} end, ${OWN('50000')}, ${OWN('a.n')}, case when fact='charge_authorized' then ${OWN('a.n')} end, case when fact='charge_authorized' then ${U('raw.n::bigint*16')} end, 'CT', 'posted',
      case fact when 'topped_up' then 'topup' when 'balance_transferred' then 'transfer' else 'charge' end, case when leg=1 or fact='topped_up' then 'DEBIT' else 'CREDIT' end, 'USD', case when fact='charge_authorized' then 6 else amount end, amount, now(), now()
     from raw cross join generate_series(0,1) leg join a on a.id = case when leg=1 or fact='topped_up' then credit else debit end
     where fact in ('topped_up','charge_authorized') and leg=0 or fact='balance_transferred' order by raw.n`)
  await run(`insert into payments (shard,id,merchant_id,origin,state,currency,amount,authorized,captured,refunded,payer_currency,rate_numerator,rate_denominator,payer_authorized,payer_captured,payer_refunded,client_id,card_account_id,card_id,card_transaction_id,hold_id,ref_id,description,authorized_on,expires_at,created_at)
    select 0, ${U('raw.n::bigint*16')}, ${OWN('30000')}, 'partner-connect','captured','USD',10,10,6,0,'USD',1,1,10,6,0,${OWN('50000')},${OWN('a.n')},${OWN('a.n')},${U('raw.n::bigint*16+7')},${U('raw.n::bigint*16+1')},'CT'||raw.n,'x',current_date,now(),now() from raw join a on a.id=debit where fact='charge_authorized' order by raw.n`)
  await run('select count(*) from transfers')
  let t = performance.now()
  const report = await verify(db.pool)
  process.stderr.write(
    `verify without statistics ${Math.round(performance.now() - t)} ms\n${renderReport(report).slice(0, 5000)}\n`,
  )
  await run('vacuum analyze')
  t = performance.now()
  await verify(db.pool)
  process.stderr.write(`verify ${Math.round(performance.now() - t)} ms\n`)
  await c.query(`set work_mem='64MB'`)
  for (const check of [...LEDGER_CHECKS, ...PAYMENT_CHECKS, ...STATEMENT_CHECKS]) {
    t = performance.now()
    await selectOffending(c, check, 20)
    process.stderr.write(`${Math.round(performance.now() - t)} ms ${check.name}\n`)
  }
  await c.end()
}, 500_000)
