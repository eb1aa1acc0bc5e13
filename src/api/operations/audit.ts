// Who did what: an entry of the audit log in the commit of what was done.
import { recordAudit } from '../../audit/audit.ts'
import type { Note } from '../../books/books.ts'
import type { CheckoutNote } from '../../checkouts/create.ts'
import type { Call } from '../../http/face.ts'
import { newId } from '../../ids.ts'
import { actorOf } from '../../users/user.ts'

/** What is needed of a call to say who made it. */
export type Caller = Pick<Call<never, never>, 'principal' | 'ip'>

/** Who acts, and from where. */
export const byOf = ({ principal, ip }: Caller) => ({ actor: actorOf(principal), remoteAddress: ip })

export interface Deed {
  /** Such as `payment.cancel`. */
  readonly action: string
  /** The checkout, the payment or the card. */
  readonly objectId: string
  /** What was asked, and nothing of it that is secret or about a person. */
  readonly data?: object
}

/** Writes down that the caller did this. */
export function noteOf(call: Caller, { action, objectId, data = {} }: Deed): Note {
  const entry = { id: newId(), merchantId: call.principal.id, action, objectId, result: 'done', data } as const
  return { needs: [], write: (books) => void recordAudit(books, byOf(call), entry) }
}

/** Writes down that the caller made this checkout. */
export function noteOfNew(call: Caller, action: string): CheckoutNote {
  const id = newId()
  return {
    needs: [],
    write: (books, { id: objectId, merchantId, amount, currency, pgCodes }) => {
      const data = { amount: amount.toString(), currency, pgCodes }
      recordAudit(books, byOf(call), { id, merchantId, action, objectId, result: 'done', data })
    },
  }
}
