// Makes the tables in docs/ from the code that they describe.
import { CARD_CHANGES } from '../../src/issuing/change-card.ts'
import { CHART } from '../../src/ledger/accounts.ts'
import { CLAIM_STEPS } from '../../src/payments/claim-states.ts'
import { PAYMENT_STEPS } from '../../src/payments/states.ts'

const RULES: Readonly<Record<(typeof CHART)[keyof typeof CHART]['rule'], string>> = {
  none: 'none',
  debits_must_not_exceed_credits: 'never below zero, holds included',
}

/** The chart of accounts as a Markdown table. */
export const chartTable = (): string =>
  renderTable(
    ['kind', 'holds', 'rule'],
    Object.entries(CHART).map(([kind, { holds, rule }]) => [`\`${kind}\``, holds, RULES[rule]]),
  )

interface Step {
  readonly from: string
  readonly to: string
  readonly why: string
}

const paymentSteps = (): Step[] =>
  Object.entries(PAYMENT_STEPS).map(([step, why]) => {
    const [from = '', to = ''] = step.split(' -> ')
    return { from, to, why }
  })

/** The steps of a payment as a Markdown table. */
export const paymentTable = (): string =>
  renderTable(
    ['from', 'to', 'when'],
    paymentSteps().map(({ from, to, why }) => [from, to, why]),
  )

/** The steps of a payment as a diagram. It begins where no other state leads and ends where nothing leads on. */
export function paymentDiagram(): string {
  const steps = paymentSteps()
  const states = [...new Set(steps.flatMap(({ from, to }) => [from, to]))]
  const first = states.filter((state) => !steps.some(({ from, to }) => to === state && from !== state))
  const last = states.filter((state) => !steps.some(({ from }) => from === state))
  return [
    '```mermaid',
    'stateDiagram-v2',
    ...first.map((state) => `  [*] --> ${state}`),
    // A semicolon would end the statement.
    ...steps.map(({ from, to, why }) => `  ${from} --> ${to}: ${why.replaceAll(';', ',')}`),
    ...last.map((state) => `  ${state} --> [*]`),
    '```',
  ].join('\n')
}

/** The steps of a claim as a Markdown table. */
export const claimTable = (): string =>
  renderTable(
    ['from', 'to', 'when'],
    Object.entries(CLAIM_STEPS).map(([step, why]) => [...step.split(' -> '), why]),
  )

/** What can be done with a card as a Markdown table. */
export const cardTable = (): string =>
  renderTable(
    ['change', 'from', 'to'],
    Object.entries(CARD_CHANGES).map(([change, { from, to }]) => [change, from.join(', '), to]),
  )

/** The text with what stands between `<!-- made: name -->` and `<!-- end -->` made anew. Throws when a part has no place. */
export function fillIn(text: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((filled, [name, part]) => {
    const [before, rest] = cutAt(filled, `<!-- made: ${name} -->\n`)
    const [, after] = cutAt(rest, '<!-- end -->')
    return `${before}<!-- made: ${name} -->\n\n${part}\n\n<!-- end -->${after}`
  }, text)
}

function cutAt(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark)
  if (at < 0) throw new Error(`there is no ${mark.trim()}`)
  return [text.slice(0, at), text.slice(at + mark.length)]
}

/** A Markdown table with aligned columns, as the formatter wants it. */
export function renderTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((_, i) => Math.max(...[headings, ...rows].map((cells) => cells[i]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`
  return [line(headings), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
