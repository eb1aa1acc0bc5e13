// Which of our two formats a caller wants. Nobody is refused for wanting a third one: those get JSON.

export type AnswerFormat = 'json' | 'xml'

const HEADER_LENGTH_MAX = 1024
const RANGE = /^\s*([\w*+.-]+)\/([\w*+.-]+)\s*(;.*)?$/
const QUALITY = /;\s*q=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\s*(?:;|$)/i

/** Reads the Accept header. JSON when it says nothing, both the same, or neither. */
export function chooseFormat(accept: string | undefined): AnswerFormat {
  if (accept === undefined || accept.length > HEADER_LENGTH_MAX) return 'json'
  const ranges = accept.split(',').flatMap((text) => readRange(text) ?? [])
  const json = qualityOf(ranges, ['application/json'])
  const xml = qualityOf(ranges, ['application/xml', 'text/xml'])
  return xml > json ? 'xml' : 'json'
}

interface Range {
  readonly type: string
  /** In thousandths. */
  readonly quality: number
}

function readRange(text: string): Range | undefined {
  const [, type, subtype, parameters = ''] = RANGE.exec(text) ?? []
  if (type === undefined || subtype === undefined) return undefined
  const quality = Math.round(Number(QUALITY.exec(parameters)?.[1] ?? (/;\s*q=/i.test(parameters) ? '0' : '1')) * 1000)
  return { type: `${type}/${subtype}`.toLowerCase(), quality }
}

// The most specific range decides, as RFC 9110 says: `application/json;q=0, */*` is not JSON.
function qualityOf(ranges: readonly Range[], names: readonly string[]): number {
  const best = (name: string): number => {
    const levels = [name, `${name.slice(0, name.indexOf('/'))}/*`, '*/*']
    for (const level of levels) {
      const matching = ranges.filter(({ type }) => type === level)
      if (matching.length > 0) return Math.max(...matching.map(({ quality }) => quality))
    }
    return 0
  }
  return Math.max(...names.map(best))
}
