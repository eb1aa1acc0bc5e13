// The message that tells a customer what became of a checkout, in its language. An SMS is one sentence or two, and what merchants write
// gives way to its length; e-mails and WhatsApp have room for everything.
import type { Language } from '../checkouts/checkout.ts'
import { checkoutUrl } from '../checkouts/link.ts'
import type { Deps } from '../deps.ts'
import { formatAmount } from '../money.ts'
import { oneLine } from '../notify/message.ts'
import type { RenderedMessage } from '../notify/worker.ts'
import { sessionIdOf } from '../payments/session-id.ts'
import { type Saying, WORDS, type Words } from './payment-message-words.ts'
import type { MessageDetails, PaymentDetails } from './queries.ts'

interface PaymentTextDeps extends Pick<Deps, 'codes'> {
  readonly baseUrl: () => string
}

/** The words of a message about a checkout. */
export function paymentText(
  { codes, baseUrl }: PaymentTextDeps,
  payment: PaymentDetails,
  { channel, merchantName, amount, currency }: MessageDetails,
): RenderedMessage {
  const { event, language, expiresAt } = payment
  const words = WORDS[language]
  const saying = (payment.keepsCard ? words.cards[event] : undefined) ?? words.payments[event]
  const url = event === 'created' ? checkoutUrl(baseUrl(), sessionIdOf(codes, payment.checkoutId)) : undefined
  const embed = (text: string): string => embedded(language, text)
  const asked = amount === null || currency === null ? '' : embed(`${formatAmount({ amount, currency })} ${currency}`)
  const orderOf = ({ orderNo }: Names): string => (orderNo === null ? '' : words.order(embed(orderNo)))
  const sentence = (names: Names): string =>
    saying.sentence({ merchant: embed(names.merchant), amount: asked, order: orderOf(names) })
  const short = (names: Names): string => sentence(names) + (url === undefined ? ending(saying) : `:\n${url}`)
  const names: Names = {
    merchant: oneLine(merchantName ?? ''),
    orderNo: payment.orderNo === null ? null : oneLine(payment.orderNo),
  }
  const long = sentence(names) + (url === undefined ? `${ending(saying)}\n` : instructions(words, expiresAt, url))
  return {
    subject: `${saying.title}: ${embed(names.merchant)}${orderOf(names)}`,
    text: channel === 'sms' ? fitted(short, names, words.smsLength) : long,
    ...(url !== undefined && { url }),
  }
}

/** What merchants write. */
interface Names {
  readonly merchant: string
  readonly orderNo: string | null
}

const ending = ({ more }: Saying): string => (more === undefined ? '.' : `. ${more}`)

const instructions = ({ until, caution }: Words, expiresAt: string, url: string): string =>
  `.\n\n${until(new Date(expiresAt))}\n${url}\n\n${caution}\n`

const FROM_THE_RIGHT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Bidi_Control}]/u

// What is written in the other direction than the sentence stays in order: without it 100-5 in Arabic reads 5-100. English that needs
// none gets none, because with them an SMS has only 70 characters.
const embedded = (language: Language, text: string): string =>
  language === 'ar' || FROM_THE_RIGHT.test(text) ? `\u2068${text}\u2069` : text

const NAME_LENGTH_MIN = 8 // Shorter, it names nobody: then it is more than one SMS.

// First the order's number is left out, then the end of the merchant's name.
function fitted(say: (names: Names) => string, { merchant, orderNo }: Names, length: number): string {
  const whole = say({ merchant, orderNo })
  if (whole.length <= length) return whole
  const bare = say({ merchant, orderNo: null })
  const left = Math.max(NAME_LENGTH_MIN, merchant.length - (bare.length - length))
  return left >= merchant.length ? bare : say({ merchant: clipped(merchant, left), orderNo: null })
}

function clipped(name: string, length: number): string {
  const characters = Array.from(name)
  while (characters.join('').length > length - CUT.length) characters.pop()
  return characters.join('').trimEnd() + CUT
}

const CUT = '..' // An ellipsis is no character of an SMS.
