// The forms of this API's fields: what each may contain, in one place for reading, hashing and the documentation.
import { isIP } from 'node:net'
import { isLuhnValid } from '../../log.ts'
import { isCurrency } from '../../money.ts'

export interface FieldRule {
  readonly description: string
  /** What is said of a text that is not of this form: `must be …`. */
  readonly problem: string
  readonly isValid: (text: string) => boolean
  /** For the documentation, where a pattern says it. */
  readonly pattern?: string
  readonly maxLength: number
  /** Whether a wrong one is refused as an amount. */
  readonly isAmount?: boolean
}

function pattern(source: string, rule: Omit<FieldRule, 'isValid' | 'pattern'>): FieldRule {
  const whole = new RegExp(`^(?:${source})$`, 'u')
  return { ...rule, pattern: `^(?:${source})$`, isValid: (text) => text.length <= rule.maxLength && whole.test(text) }
}

const digits = (min: number, max: number, description: string): FieldRule =>
  pattern(`[0-9]{${min},${max}}`, {
    description,
    problem: min === max ? `must be ${min} digits` : `must be ${min} to ${max} digits`,
    maxLength: max,
  })

// Letters of every script, marks, digits, punctuation and plain spaces: no control characters, line ends or halves of pairs.
const PRINTABLE = '[\\p{L}\\p{M}\\p{N}\\p{P}\\p{S} ]'

/** Printable text. */
export const textOf = (maxLength: number, description: string): FieldRule =>
  pattern(`${PRINTABLE}{1,${maxLength}}`, {
    description,
    problem: `must be at most ${maxLength} printable characters`,
    maxLength: maxLength * 2, // in UTF-16 units
  })

export const MEMBER_ID = pattern('[1-9][0-9]{0,9}', {
  description: 'A number of at most ten digits.',
  problem: 'must be a number of at most ten digits',
  maxLength: 10,
})

export const PAYMENT_ID = pattern('[1-9][0-9]{0,9}', {
  description: 'The number of a payment.',
  problem: 'must be a number of at most ten digits',
  maxLength: 10,
})

export const CHECKSUM: FieldRule = {
  description: 'MD5 in hex; see the checksum rules.',
  problem: 'must be 32 hexadecimal digits',
  isValid: (text) => text.length <= 255, // What is not a checksum is a wrong one.
  maxLength: 255,
}

/** Two decimals in every currency, no sign, no leading zeros. */
export const AMOUNT: FieldRule = {
  ...pattern('(?:0|[1-9][0-9]{0,9})\\.[0-9]{2}', {
    description: 'With exactly two decimals, in every currency: `50.00`; `.00` in those without decimals.',
    problem: 'must have exactly two decimals and at most ten digits before them, such as 50.00',
    maxLength: 13,
  }),
  isAmount: true,
}

/** An id of the merchant's, which is hashed: printable, and without `|`. */
export const HASHED_ID = pattern(`(?:(?!\\|)${PRINTABLE}){1,100}`, {
  description: "The merchant's own id: at most 100 printable characters, no `|`.",
  problem: 'must be at most 100 printable characters without |',
  maxLength: 200,
})

export const WORD = pattern('[A-Za-z0-9_-]{1,255}', {
  description: 'Letters, digits, - and _.',
  problem: 'must be letters, digits, - and _',
  maxLength: 255,
})

export const SHORT_STATUS = pattern('Y|N|P|3D|C', {
  description: 'The short status.',
  problem: 'must be a short status',
  maxLength: 2,
})

export const TOTYPE = pattern('[A-Za-z0-9 ._-]{1,64}', {
  description: 'The name of the platform, whatever it is.',
  problem: 'must be letters, digits, spaces, ., - and _',
  maxLength: 64,
})

export const URL_TEXT: FieldRule = {
  description: 'An http or https URL of at most 2048 characters, `|` percent-encoded.',
  problem: 'must be an http or https URL without |',
  isValid: isWebUrl,
  maxLength: 2048,
}

/** As `URL_TEXT`, but the scheme may be missing. */
export const LOOSE_URL: FieldRule = {
  description: 'An http or https URL of at most 2048 characters; without a scheme it is https.',
  problem: 'must be an http or https URL',
  isValid: (text) => isWebUrl(withScheme(text)),
  maxLength: 2048,
}

/** `www.shop.example/ok` as `https://www.shop.example/ok`. */
export const withScheme = (text: string): string => (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`)

function isWebUrl(text: string): boolean {
  if (text.length > 2048 || !/^https?:\/\/[^\s|\\"<>^`{}\p{Cc}\p{Cf}]+$/iu.test(text) || !URL.canParse(text))
    return false
  const { username, password, hostname } = new URL(text)
  return username === '' && password === '' && hostname !== ''
}

export const CURRENCY: FieldRule = {
  description: 'ISO 4217, three capitals.',
  problem: 'must be an ISO 4217 code in capital letters',
  isValid: isCurrency,
  pattern: '^[A-Z]{3}$',
  maxLength: 3,
}

export const TERMINAL_ID = digits(1, 6, 'Which of the member’s terminals; chosen by currency and brand when absent.')
export const MODE = pattern('[A-Za-z0-9]{1,32}', {
  description: 'How it is paid, e.g. `CC`.',
  problem: 'must be at most 32 letters and digits',
  maxLength: 32,
})
export const BRAND = pattern('[A-Za-z0-9 _-]{1,32}', {
  description: 'With what it is paid, e.g. `VISA`.',
  problem: 'must be at most 32 letters, digits and spaces',
  maxLength: 32,
})

export const CARD_NUMBER: FieldRule = {
  description: 'The card number: 12 to 19 digits with a right check digit.',
  problem: 'must be a card number',
  isValid: (text) => /^[0-9]{12,19}$/.test(text) && isLuhnValid(text),
  maxLength: 19,
}
export const EXPIRY_MONTH = pattern('0[1-9]|1[0-2]', {
  description: 'Two digits.',
  problem: 'must be 01 to 12',
  maxLength: 2,
})
export const EXPIRY_YEAR = pattern('20[0-9]{2}', {
  description: 'Four digits.',
  problem: 'must be a year of four digits',
  maxLength: 4,
})
export const CVV = digits(3, 4, 'The code on the card. Never stored.')

export const EMAIL = pattern('[^\\s@|<>"\\p{Cc}]{1,64}@[^\\s@|<>"\\p{Cc}]{1,190}', {
  description: 'An e-mail address.',
  problem: 'must be an e-mail address',
  maxLength: 255,
})
export const PHONE = pattern('[0-9 ()+./-]{1,24}', {
  description: 'Digits, spaces and the like.',
  problem: 'must be a telephone number',
  maxLength: 24,
})
/** The plus is a space when a form did not encode it. */
export const COUNTRY_CALLING_CODE = pattern('[+ ]?[0-9]{1,4}', {
  description: 'The country’s calling code: `+44`, `44` and `091` are all known.',
  problem: 'must be a calling code',
  maxLength: 5,
})
export const COUNTRY = pattern('[A-Za-z]{2}', {
  description: 'ISO 3166 alpha-2.',
  problem: 'must be two letters',
  maxLength: 2,
})
export const IP: FieldRule = {
  description: 'An IP address.',
  problem: 'must be an IP address',
  isValid: (text) => isIP(text) !== 0,
  maxLength: 45,
}
export const BIRTH_DATE = digits(8, 8, 'As YYYYMMDD.')
export const FLAG = pattern('[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]', {
  description: '`true` or `false`.',
  problem: 'must be true or false',
  maxLength: 5,
})
export const DAY = pattern('[0-9]{2}/[0-9]{2}/[0-9]{4}', {
  description: 'MM/DD/YYYY, or DD/MM/YYYY for a member with that setting.',
  problem: 'must be a date such as 01/31/2026',
  maxLength: 10,
})
export const COUNT = pattern('[1-9][0-9]{0,5}', {
  description: 'A whole number from 1.',
  problem: 'must be a whole number from 1',
  maxLength: 6,
})

/** One of some words, in capitals as they are. */
export const oneOf = (words: readonly string[], description: string): FieldRule =>
  pattern(words.join('|'), { description, problem: `must be one of ${words.join(', ')}`, maxLength: 64 })

/** Anything, for a secret: what is wrong with it is nobody's to know. */
export const SECRET: FieldRule = {
  description: 'The secure key.',
  problem: 'is too long',
  isValid: (text) => text.length <= 256,
  maxLength: 256,
}
export const TOKEN: FieldRule = {
  description: 'An earlier AuthToken, expired or not.',
  problem: 'is too long',
  isValid: (text) => text.length <= 2048,
  maxLength: 2048,
}
