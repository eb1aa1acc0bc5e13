// An agreement: the cardholder's consent, given with an initial payment, to be charged again without being there.
import { type Need, need } from '../books/books.ts'
import { tableShelf } from '../books/shelf.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'

export interface Agreement {
  /** The initial payment. */
  readonly paymentId: string
  readonly merchantId: string
  readonly registrationId: string
  readonly currency: string
  readonly createdAt: Date
  readonly cancelledAt: Date | null
}

export const agreementShelf = tableShelf<Agreement>({
  name: 'agreements',
  columns: {
    paymentId: 'uuid',
    merchantId: 'uuid',
    registrationId: 'uuid',
    currency: 'text',
    createdAt: 'timestamptz',
    cancelledAt: 'timestamptz',
  },
  key: ['paymentId'],
  mutable: ['cancelledAt'],
})

export const needAgreement = (paymentId: string): Need => need(agreementShelf, paymentId)

/** Ends the agreement that the payment made: nothing is charged under it any more. Again changes nothing. Throws `agreement_not_found`. */
export function cancelAgreement(
  deps: Pick<Deps, 'lane'>,
  { merchantId, paymentId }: { readonly merchantId: string; readonly paymentId: string },
): Promise<Agreement> {
  return deps.lane.run({
    name: 'cancel agreement',
    needs: [needAgreement(paymentId)],
    decide: (books) => {
      const agreement = books.find(agreementShelf, paymentId)
      if (agreement?.merchantId !== merchantId) throw new AppError('agreement_not_found')
      return agreement.cancelledAt ? agreement : books.put(agreementShelf, { ...agreement, cancelledAt: books.now })
    },
  })
}
