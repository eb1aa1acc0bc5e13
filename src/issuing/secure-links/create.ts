// Makes the one-time address at which a cardholder sees the card's number.
import { randomUUID } from 'node:crypto'
import type { Deps } from '../../deps.ts'
import { AppError } from '../../errors.ts'
import { insertSecureLink } from './queries.ts'

export interface SecureLinkRequest {
  readonly clientId: string
  readonly cardAccountId: string
  readonly cardId: string
}

/** `id` is random: whoever has it may look once, until `expiresAt`. Throws `card_not_found`, also for a cancelled card. */
export async function createSecureLink(
  deps: Pick<Deps, 'pool' | 'settings'>,
  request: SecureLinkRequest,
): Promise<{ id: string; expiresAt: Date }> {
  const id = randomUUID()
  // No decision of the books depends on a link, so it does not go through the lane.
  const expiresAt = await insertSecureLink(deps.pool, { ...request, id, lifeMs: deps.settings.secureLinkLifeMs })
  if (!expiresAt) throw new AppError('card_not_found', { field: 'cardId' })
  return { id, expiresAt }
}
