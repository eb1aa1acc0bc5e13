// How a merchant wants its ways to pay to look: a text beside each, with its color and weight.
import type { CheckoutDetails } from '../../checkouts/checkout.ts'
import { isPlainObject } from '../../http/json.ts'
import { Reader } from './reader.ts'

type Branding = NonNullable<CheckoutDetails['branding']>
type Label = Branding[string]

const COLOR = { is: /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i, message: 'Enter a color such as #1a2b3c.' }
const WEIGHT = 700
const TEXT_MAX = 64

/** Reads the labels by gateway code, which must be codes of the checkout where these are told. */
export function readBranding(reader: Reader, pgCodes: readonly string[] | undefined): Branding | undefined {
  const labels = reader.object('payment_methods')
  if (!labels) return undefined
  const read = Object.entries(labels).map(([code, label]) => readLabel(code, { label, pgCodes }))
  const problems = read.flatMap(({ code, problems }) => (problems ? [[code, problems] as const] : []))
  if (problems.length > 0) return reader.refuseNested('payment_methods', Object.fromEntries(problems))
  return Object.fromEntries(read.map(({ code, value }) => [code, value]))
}

interface Given {
  readonly label: unknown
  readonly pgCodes: readonly string[] | undefined
}

function readLabel(code: string, { label, pgCodes }: Given) {
  const reader = new Reader(isPlainObject(label) ? label : {})
  const value: Label = {
    text: reader.text('text', { required: true, max: TEXT_MAX }) ?? '',
    color: reader.text('color', { required: true, pattern: COLOR }) ?? '',
    weight: reader.integer('font_weight', { min: 100, max: 900 }) ?? WEIGHT,
  }
  const isStrange = pgCodes !== undefined && !pgCodes.includes(code)
  return {
    code,
    value,
    problems: isStrange ? [`"${code.slice(0, 100)}" is not one of \`pg_codes\`.`] : reader.problems(),
  }
}

/** The label of one way to pay. */
export const brandingBody = ({ text, color, weight }: Label): object => ({ color, font_weight: weight, text })
