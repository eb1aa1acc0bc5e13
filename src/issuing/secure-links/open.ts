// Shows a card once to whoever has its link.
import type { Deps } from '../../deps.ts'
import { isUuid } from '../../ids.ts'
import type { Secret } from '../../secret.ts'
import { findSecureLink, updateSecureLinkOpened } from './queries.ts'

export type OpenedLink =
  | {
      readonly kind: 'card'
      readonly pan: Secret<string>
      readonly cvv: string
      readonly embossedName: string
      readonly expiryMonth: number
      readonly expiryYear: number
    }
  /** Opened before, expired, or its card was cancelled. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'unknown' }

/** Uses the link up and returns the card; of two calls at once only one gets it. */
export async function openSecureLink(deps: Pick<Deps, 'pool' | 'vault'>, id: string): Promise<OpenedLink> {
  const link = isUuid(id) ? await findSecureLink(deps.pool, id) : undefined
  if (!link) return { kind: 'unknown' }
  if (!link.isOpen) return { kind: 'gone' }
  const { cardId, embossedName, expiryMonth, expiryYear } = link
  // The vault comes first: should it fail, the link has not been used up for nothing.
  const pan = await deps.vault.open(cardId)
  const cvv = deps.vault.cvv(cardId, `${expiryYear}-${String(expiryMonth).padStart(2, '0')}`)
  if (!(await updateSecureLinkOpened(deps.pool, id))) return { kind: 'gone' }
  return { kind: 'card', pan, cvv, embossedName, expiryMonth, expiryYear }
}
