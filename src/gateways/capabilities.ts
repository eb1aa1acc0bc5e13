// What each gateway can do, as a table: `florin connectors` and docs/gateways.md.
import type { GatewayFacts } from './connector.ts'

const HEADINGS = [
  'name',
  'gateway',
  'operations',
  'currencies',
  'brands',
  'amounts',
  'answers',
  'inquiry',
  'keeps cards',
  'redirects',
  'captures',
  'refunds',
  'settling',
]

const some = (values: readonly string[] | 'all'): string => (values === 'all' ? 'all' : values.join(' '))
const yes = (is: boolean): string => (is ? 'yes' : 'no')

const toCells = (facts: GatewayFacts): string[] => [
  facts.name,
  facts.title,
  facts.operations.join(' '),
  some(facts.currencies),
  some(facts.brands),
  facts.moneyFormat,
  facts.mayAnswerLater ? 'at once or later' : 'at once',
  yes(facts.hasInquiry),
  yes(facts.tokenizes),
  yes(facts.redirects),
  facts.captures,
  facts.refundMayBeQueued ? 'at once or queued' : 'at once',
  `${facts.settlingTimeMs / 1000} s`,
]

/** The capabilities as a Markdown table with aligned columns, one line a gateway. */
export function renderCapabilities(gateways: readonly GatewayFacts[]): string {
  const rows = [HEADINGS, ...gateways.map(toCells)]
  const widths = HEADINGS.map((_, i) => Math.max(...rows.map((cells) => cells[i]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`
  const [headings = [], ...others] = rows
  return [line(headings), line(widths.map((width) => '-'.repeat(width))), ...others.map(line)].join('\n')
}
