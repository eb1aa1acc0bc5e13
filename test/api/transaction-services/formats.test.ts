import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chooseFormat } from '../../../src/api/transaction-services/accept.ts'
import { formatWireAmount, parseWireAmount } from '../../../src/api/transaction-services/amounts.ts'
import {
  dayNumber,
  formatJdbcTime,
  formatTimestamp,
  parseDay,
  startOfDay,
} from '../../../src/api/transaction-services/times.ts'
import { escapeXml, writeXml } from '../../../src/api/transaction-services/xml.ts'

describe('the format of an answer', () => {
  test.each<[string | undefined, 'json' | 'xml']>([
    [undefined, 'json'],
    ['', 'json'],
    ['*/*', 'json'],
    ['application/json', 'json'],
    ['application/xml', 'xml'],
    ['text/xml', 'xml'],
    ['TEXT/XML; charset=utf-8', 'xml'],
    ['application/xml;q=0.5, application/json', 'json'],
    ['application/xml, application/json;q=0.5', 'xml'],
    ['application/json;q=0.001,text/xml;q=0.002', 'xml'],
    ['application/xml, application/json', 'json'],
    ['application/xml;q=0', 'json'],
    ['application/json;q=0, */*', 'xml'],
    ['text/*', 'xml'],
    ['text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8', 'xml'],
    ['image/png', 'json'],
    ['application/json;q=0, application/xml;q=0', 'json'],
    ['application/xml;q=2', 'json'],
    ['nonsense;;;=', 'json'],
    [`application/xml${' '.repeat(2000)}`, 'json'],
  ])('for Accept: %s is %s', (accept, format) => {
    expect(chooseFormat(accept)).toBe(format)
  })
})

describe('XML', () => {
  test('has an element for each member, and repeats those of lists', () => {
    const answer = {
      result: { code: '00029', description: 'a & b <c> ]]> "d" \'e\'' },
      transaction: [{ amount: '1.00' }, { amount: '2.00' }],
      redirect: { parameters: [{ name: 'MD', value: '1' }] },
      none: undefined,
      empty: '',
    }
    expect(writeXml(answer)).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<response>' +
        '<result><code>00029</code><description>a &amp; b &lt;c&gt; ]]&gt; &quot;d&quot; &apos;e&apos;</description></result>' +
        '<transaction><amount>1.00</amount></transaction><transaction><amount>2.00</amount></transaction>' +
        '<redirect><parameters><parameter><name>MD</name><value>1</value></parameter></parameters></redirect>' +
        '<empty></empty></response>',
    )
  })

  test('leaves out what XML cannot hold', () => {
    expect(escapeXml('a\0b\u0008c\u000bd\ud800e\ufffef\tg\nh\r😀')).toBe('abcdef\tg\nh&#13;😀')
  })

  test('never has markup or illegal characters of a value', () => {
    const property = fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(escapeXml(text)).not.toMatch(/[<>"']|&(?!(?:amp|lt|gt|quot|apos|#13);)/)
      expect(escapeXml(text)).not.toMatch(/\p{Surrogate}/u)
    })
    fc.assert(property, { numRuns: 500 })
  })

  test('has no element with a name that is not one', () => {
    expect(() => writeXml({ 'a b': '1' })).toThrow('cannot be an XML element')
  })
})

describe('an amount', () => {
  test.each<[string, string, bigint]>([
    ['50.00', 'EUR', 5000n],
    ['0.01', 'USD', 1n],
    ['9999999999.99', 'EUR', 999999999999n],
    ['100.00', 'JPY', 100n],
    ['1.25', 'KWD', 1250n],
  ])('%s %s is %i minor units', (text, currency, amount) => {
    expect(parseWireAmount(text, currency)).toEqual({ amount, currency })
    expect(formatWireAmount({ amount, currency })).toBe(text)
  })

  test.each([
    ...['50', '50.0', '50.000', '050.00', '.50', '50,00', '-1.00', '+1.00', '1e2', ' 50.00', '50.00 ', '0.00', '٥٠.٠٠'],
    ...['12345678901.00', '', '50.00\n', '0x10.00', 'NaN'],
  ])('%j is refused', (text) => {
    expect(() => parseWireAmount(text, 'EUR')).toThrow(expect.objectContaining({ code: 'amount_invalid' }))
  })

  test('has no cents in a currency without them', () => {
    expect(() => parseWireAmount('100.50', 'JPY')).toThrow('must end with .00 in JPY')
  })

  test('is written whole even where two decimals are too few', () => {
    expect(formatWireAmount({ amount: 1255n, currency: 'KWD' })).toBe('1.255')
    expect(formatWireAmount({ amount: 0n, currency: 'JPY' })).toBe('0.00')
  })

  test('comes back as it was', () => {
    const currencies = fc.constantFrom('EUR', 'JPY', 'KWD')
    const property = fc.property(fc.bigInt(1n, 9_999_999_999n), currencies, (units, currency) => {
      const text = `${units}.00`
      expect(formatWireAmount(parseWireAmount(text, currency))).toBe(text)
    })
    fc.assert(property)
  })
})

describe('times', () => {
  const at = new Date('2026-07-05T22:15:00.999Z')

  test('are without a zone, in the zone of the member', () => {
    expect(formatTimestamp(at, 'UTC')).toBe('2026-07-05 22:15:00')
    expect(formatTimestamp(at, 'Asia/Kolkata')).toBe('2026-07-06 03:45:00')
    expect(formatTimestamp(new Date('2026-01-01T00:00:00Z'), 'UTC')).toBe('2026-01-01 00:00:00')
    expect(formatJdbcTime(at, 'UTC')).toBe('2026-07-05 22:15:00.0')
  })

  test('of days are read in the order of the member', () => {
    expect(parseDay('03/04/2026', 'MM/DD/YYYY', 'd')).toEqual({ year: 2026, month: 3, day: 4 })
    expect(parseDay('03/04/2026', 'DD/MM/YYYY', 'd')).toEqual({ year: 2026, month: 4, day: 3 })
    expect(parseDay('02/29/2028', 'MM/DD/YYYY', 'd')).toEqual({ year: 2028, month: 2, day: 29 })
  })

  test.each(['02/29/2026', '13/01/2026', '00/10/2026', '02/30/2026', '1/2/2026', '2026-01-02', '01/01/0001', ''])(
    'of the day %j are refused',
    (text) => {
      expect(() => parseDay(text, 'MM/DD/YYYY', 'pagination.fromdate')).toThrow('pagination.fromdate must be a date')
    },
  )

  test('of days begin at midnight in the zone, also when clocks change', () => {
    const start = (text: string, zone: string, later = 0) =>
      startOfDay(parseDay(text, 'MM/DD/YYYY', 'd'), zone, later).toISOString()
    expect(start('01/31/2026', 'UTC', 1)).toBe('2026-02-01T00:00:00.000Z')
    expect(start('07/06/2026', 'Asia/Kolkata')).toBe('2026-07-05T18:30:00.000Z')
    expect(start('03/29/2026', 'Europe/Berlin')).toBe('2026-03-28T23:00:00.000Z')
    expect(start('03/30/2026', 'Europe/Berlin')).toBe('2026-03-29T22:00:00.000Z')
    expect(dayNumber({ year: 1970, month: 1, day: 2 })).toBe(1)
  })
})
