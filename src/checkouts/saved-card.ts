// A saved card: a registration of the merchant's as one of its customers has it.
import { tableShelf } from '../books/shelf.ts'

export interface SavedCardRow {
  readonly registrationId: string
  readonly merchantId: string
  readonly customerId: string
  /** The gateway account by which it was saved. */
  readonly pgCode: string
  readonly isSandbox: boolean
  /** Charged without the customer under this agreement, and then not to be deleted. */
  readonly agreementId: string | null
  readonly createdAt: Date
}

export const savedCardShelf = tableShelf<SavedCardRow>({
  name: 'saved_cards',
  columns: {
    registrationId: 'uuid',
    merchantId: 'uuid',
    customerId: 'text',
    pgCode: 'text',
    isSandbox: 'boolean',
    agreementId: 'text',
    createdAt: 'timestamptz',
  },
})
