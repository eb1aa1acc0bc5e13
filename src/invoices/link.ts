// The link by which an invoice is paid. Its letters follow from the link's id and a key, and are found by their digest.
import type { Codes } from '../deps.ts'

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const LENGTH = 16 // Of 52 letters, so 91 bits.

/** The letters that open a link. */
export function lettersOf(codes: Pick<Codes, 'mac'>, linkId: string): string {
  const base = BigInt(LETTERS.length)
  let rest = BigInt(`0x${codes.mac('invoice-link', linkId).toString('hex')}`)
  let letters = ''
  for (let i = 0; i < LENGTH; i++) {
    letters += LETTERS[Number(rest % base)]
    rest /= base
  }
  return letters
}

/** What a link is looked up by: of no use to who reads the database, and not to be approached letter by letter. */
export const digestOfLetters = (codes: Pick<Codes, 'mac'>, letters: string): Buffer =>
  codes.mac('invoice-digest', letters)

/** Where the payer goes. `baseUrl` is how callers reach us, without a trailing slash. */
export const invoiceUrl = (
  codes: Pick<Codes, 'mac'>,
  baseUrl: string,
  { number, linkId }: { readonly number: bigint; readonly linkId: string },
): string => `${baseUrl}/transaction/PayInvoice?inv=${number}&ct=${lettersOf(codes, linkId)}`
