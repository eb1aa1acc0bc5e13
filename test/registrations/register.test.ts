import { expect, test } from 'vitest'
import { tidy } from '../../src/jobs/tidy.ts'
import { registerCard } from '../../src/registrations/register.ts'
import { Secret } from '../../src/secret.ts'
import { enterCard, openGatewayWorld } from '../helpers/gateway.ts'
import { issueFundedCard } from '../helpers/seed.ts'

const world = await openGatewayWorld()
const { deps, merchantId, pool } = world

test('what is printed on one of our cards can be guessed at a few times only, then not even the truth is taken', async () => {
  const max = 3
  const settings = { ...deps.settings, velocity: { ...deps.settings.velocity, cardDataPerCard: max } }
  const holder = await issueFundedCard(world)
  const { id, expiryMonth, expiryYear } = holder.card
  const cvv = deps.vault.cvv(id, `${expiryYear}-${String(expiryMonth).padStart(2, '0')}`)
  const keep = (code: string) => {
    const card = enterCard(holder.pan, { expiryMonth, expiryYear, cvv: new Secret(code) })
    return registerCard({ ...deps, settings }, { merchantId, mode: 'CC', card })
  }
  const wrong = cvv === '000' ? '001' : '000'
  await expect(keep(cvv)).resolves.toMatchObject({ deletedAt: null })
  for (let i = 0; i < max; i++) await expect(keep(wrong)).rejects.toMatchObject({ code: 'card_data_wrong' })
  await expect(keep(cvv)).rejects.toMatchObject({ code: 'card_data_wrong' })
})

test('the number of a card that was forgotten goes, also when the server died before it could remove it', async () => {
  const { id } = await registerCard(deps, { merchantId, mode: 'CC', card: enterCard() })
  const kept = await registerCard(deps, { merchantId, mode: 'CC', card: enterCard() })
  await pool.query('update registrations set deleted_at = now() where id = $1', [id])
  await tidy(pool)
  const { rows } = await pool.query('select id from vault.pans where id = any($1)', [[id, kept.id]])
  expect(rows).toEqual([{ id: kept.id }])
})
