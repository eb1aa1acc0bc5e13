import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Reader } from '../../../src/api/operations/reader.ts'
import { AppError } from '../../../src/errors.ts'
import { JsonNumber } from '../../../src/http/json.ts'
import { AMOUNT_MAX, formatAmount } from '../../../src/money.ts'

type Read<T> = readonly [value: T, problems: unknown]

/** What a reader makes of one field, and what it says about it. */
function read<T>(value: unknown, reading: (reader: Reader) => T): Read<T> {
  const reader = new Reader(value === undefined ? {} : { field: value })
  const result = reading(reader)
  return [result, reader.problems()?.field]
}

const number = (text: string) => new JsonNumber(text)

describe('everything that is wrong is told', () => {
  test('by field, at once, fields of fields and lists of such included', () => {
    const reader = new Reader({
      ...{ amount: 'ten', email: 'nobody', address: { city: 'x'.repeat(41) } },
      items: [{ sku: 'a' }, {}],
    })
    reader.money('amount', 'KWD')
    reader.email('email', 128)
    reader.text('name', { required: true })
    reader.nested('address', (nested) => nested.text('city', { max: 40 }))
    reader.nestedList('items', 10, (nested) => nested.text('sku', { required: true }))
    reader.refuse('name', 'Nor is there a nickname.')
    expect(catchError(() => reader.finish())).toMatchObject({
      code: 'invalid_request',
      details: {
        fields: {
          amount: ['A valid number is required.'],
          email: ['Enter a valid email address.'],
          name: ['This field is required.', 'Nor is there a nickname.'],
          address: { city: ['Ensure this field has no more than 40 characters.'] },
          items: [{}, { sku: ['This field is required.'] }],
        },
      },
    })
  })

  test('and nothing when nothing is wrong', () => {
    const reader = new Reader({ name: 'x', address: { city: 'x' }, items: [{ sku: 'a' }] })
    expect(reader.text('name')).toBe('x')
    expect(reader.nested('address', (nested) => nested.text('city'))).toBe('x')
    expect(reader.nestedList('items', 10, (nested) => nested.text('sku'))).toEqual(['a'])
    expect(() => reader.finish()).not.toThrow()
  })

  test('a problem with a list of objects can be followed by a sentence about the list', () => {
    const reader = new Reader({ items: [{}] })
    reader.nestedList('items', 10, (nested) => nested.text('sku', { required: true }))
    reader.refuse('items', 'Too strange.')
    expect(reader.problems()).toEqual({ items: ['Too strange.'] })
  })
})

const catchError = (run: () => unknown): unknown => {
  try {
    return run()
  } catch (error) {
    return error
  }
}

test.each([
  [undefined, 'This field is required.'],
  [null, 'This field may not be null.'],
  ['', 'This field may not be blank.'],
])('a required field that is %j is told apart', (value, problem) => {
  expect(read(value, (reader) => reader.text('field', { required: true }))).toEqual([undefined, [problem]])
})

test.each([undefined, null, ''])('an optional field that is %j is not there, whatever it is', (value) => {
  const readings: readonly ((reader: Reader) => unknown)[] = [
    (reader) => reader.text('field'),
    (reader) => reader.email('field', 10),
    (reader) => reader.emails('field', 128),
    (reader) => reader.url('field', 10),
    (reader) => reader.choice('field', ['a']),
    (reader) => reader.boolean('field'),
    (reader) => reader.integer('field', { min: 1, max: 2 }),
    (reader) => reader.list('field'),
    (reader) => reader.object('field'),
    (reader) => reader.nestedList('field', 1, () => 1),
    (reader) => reader.currency('field'),
    (reader) => reader.money('field', 'USD'),
    (reader) => reader.minor('field', 'USD'),
    (reader) => reader.date('field'),
    (reader) => reader.dateTime('field'),
    (reader) => reader.duration('field'),
  ]
  for (const reading of readings) expect(read(value, reading)).toEqual([undefined, undefined])
})

describe('a text', () => {
  test.each([
    ['ä'.repeat(128), undefined],
    ['😀'.repeat(128), undefined],
    ['ä'.repeat(129), ['Ensure this field has no more than 128 characters.']],
    [true, ['Not a valid string.']],
    [['a'], ['Not a valid string.']],
    [{}, ['Not a valid string.']],
  ])('counts characters and is a text (%#)', (value, problems) => {
    expect(read(value, (reader) => reader.text('field', { max: 128 }))[1]).toEqual(problems)
  })

  test('may be written as a JSON number, whose text it is', () => {
    expect(read(number('12.50'), (reader) => reader.text('field'))).toEqual(['12.50', undefined])
  })
})

test.each([
  ['b', 'b', undefined],
  ['B', undefined, ['"B" is not a valid choice.']],
  ['x'.repeat(300), undefined, [`"${'x'.repeat(100)}" is not a valid choice.`]],
])('a choice is one of its texts exactly (%#)', (value, expected, problems) => {
  expect(read(value, (reader) => reader.choice('field', ['a', 'b']))).toEqual([expected, problems])
})

test.each([
  ['a@b.example', true],
  ['a+b@sub.shop.example', true],
  ['ä@münchen.example', true],
  ['a@b', false],
  ['a b@c.example', false],
  ['a@b..example', false],
  ['@b.example', false],
  ['<a@b.example>', false],
  ['a@b.example\nBcc: c@d.example', false],
])('%j is an e-mail address: %s', (value, isOne) => {
  expect(read(value, (reader) => reader.email('field', 128))).toEqual(
    isOne ? [value, undefined] : [undefined, ['Enter a valid email address.']],
  )
})

test.each([
  [
    ['a@b.example', 'c@d.example'],
    ['a@b.example', 'c@d.example'],
  ],
  ['a@b.example, c@d.example', ['a@b.example', 'c@d.example']],
  ['["a@b.example"]', ['a@b.example']],
  [['a@b.example', 'nobody'], undefined],
  ['a@b.example,', undefined],
])('addresses are a list, or a text with commas: %j', (value, expected) => {
  expect(read(value, (reader) => reader.emails('field', 128))).toEqual([
    expected,
    expected ? undefined : ['Enter a valid email address.'],
  ])
})

test.each([
  ['https://shop.example/back?a=1', true],
  ['HTTP://shop.example', true],
  ['javascript:alert(1)', false],
  ['ftp://shop.example', false],
  ['//shop.example', false],
  ['https://', false],
  ['https://shop.example/a b', false],
  ['https://shop.example/\nb', false],
  [' https://shop.example', false],
])('%j is a URL: %s', (value, isOne) => {
  expect(read(value, (reader) => reader.url('field', 2000))).toEqual(
    isOne ? [value, undefined] : [undefined, ['Enter a valid URL.']],
  )
})

test.each([
  ...[true, 'true', 'True', '1', number('1')].map((value) => [value, true] as const),
  ...[false, 'false', 'False', '0', number('0')].map((value) => [value, false] as const),
  ['yes', undefined],
  [[], undefined],
] as const)('%j is the boolean %s', (value, expected) => {
  expect(read(value, (reader) => reader.boolean('field'))).toEqual([
    expected,
    expected === undefined ? ['Must be a valid boolean.'] : undefined,
  ])
})

test.each([
  ['1', 1, undefined],
  [number('365'), 365, undefined],
  ['0', undefined, ['Ensure this value is greater than or equal to 1.']],
  ['366', undefined, ['Ensure this value is less than or equal to 365.']],
  ['1.0', undefined, ['A valid integer is required.']],
  ['1e2', undefined, ['A valid integer is required.']],
  ['9'.repeat(30), undefined, ['A valid integer is required.']],
])('a whole number in its range: %j', (value, expected, problems) => {
  expect(read(value, (reader) => reader.integer('field', { min: 1, max: 365 }))).toEqual([expected, problems])
})

const TOO_LOW = ['Ensure this value is greater than 0.']
const NO_NUMBER = ['A valid number is required.']

describe('an amount', () => {
  test.each([
    ['1', 'SAR', 100n],
    ['1.0', 'SAR', 100n],
    ['1.00', 'SAR', 100n],
    ['1.000', 'SAR', 100n],
    ['01.00', 'SAR', 100n],
    [' 1 ', 'SAR', 100n],
    ['1.', 'SAR', 100n],
    ['.5', 'SAR', 50n],
    [number('1'), 'SAR', 100n],
    [number('1.10'), 'SAR', 110n],
    ['0.001', 'KWD', 1n],
    ['500', 'JPY', 500n],
    ['500.0', 'JPY', 500n],
    ['9999999999999', 'USD', 999_999_999_999_900n],
  ])('%j %s is %s minor units', (value, currency, amount) => {
    expect(read(value, (reader) => reader.money('field', currency))).toEqual([{ amount, currency }, undefined])
  })

  test.each([
    ['0', 'SAR', TOO_LOW],
    ['0.00', 'SAR', TOO_LOW],
    ['-1', 'SAR', TOO_LOW],
    ['-.5', 'SAR', TOO_LOW],
    [number('-1'), 'SAR', TOO_LOW],
    ['1,00', 'SAR', NO_NUMBER],
    ['1e2', 'SAR', NO_NUMBER],
    [number('1e2'), 'SAR', NO_NUMBER],
    ['+1', 'SAR', NO_NUMBER],
    ['.', 'SAR', NO_NUMBER],
    ['1.2.3', 'SAR', NO_NUMBER],
    ['1 000', 'SAR', NO_NUMBER],
    ['١', 'SAR', NO_NUMBER],
    ['NaN', 'SAR', NO_NUMBER],
    ['0x10', 'SAR', NO_NUMBER],
    [true, 'SAR', ['Not a valid string.']],
    ['12345678901234', 'SAR', ['Ensure that there are no more than 13 digits before the decimal point.']],
    ['1.001', 'SAR', ['Ensure that there are no more than 2 decimal places.']],
    ['1.0001', 'KWD', ['Ensure that there are no more than 3 decimal places.']],
    ['0.5', 'JPY', ['Ensure that there are no more than 0 decimal places.']],
    ['1234567890123', 'KWD', ['Ensure this value is less than or equal to 999999999999.999.']],
  ])('%j %s is refused', (value, currency, problems) => {
    expect(read(value, (reader) => reader.money('field', currency))).toEqual([undefined, problems])
  })

  test('is read as it is written, however many zeros stand around it', () => {
    const currencies = fc.constantFrom('KWD', 'SAR', 'JPY', 'CLF')
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: AMOUNT_MAX }), currencies, fc.nat(5), (amount, currency, zeros) => {
        const text = formatAmount({ amount, currency })
        fc.pre((text.split('.')[0] ?? '').length <= 13)
        const longer = '0'.repeat(zeros) + (text.includes('.') ? text + '0'.repeat(zeros) : text)
        for (const value of [text, longer, number(text)])
          expect(read(value, (reader) => reader.money('field', currency))[0]).toEqual({ amount, currency })
      }),
    )
  })

  test('of a body is an amount or one sentence about it, and never both or neither', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom(...'0123456789.-+eE, ') }),
      fc.double().map(String),
    )
    fc.assert(
      fc.property(texts, fc.constantFrom('KWD', 'SAR', 'JPY'), (text, currency) => {
        fc.pre(text !== '')
        const [money, problems] = read(text, (reader) => reader.money('field', currency))
        if (money) expect(money.amount > 0n && money.amount <= AMOUNT_MAX).toBe(true)
        expect(money === undefined).toBe(Array.isArray(problems) && problems.length === 1)
      }),
      { numRuns: 1000 },
    )
  })
})

test.each([
  ['0', 0n, undefined],
  ['12', 1200n, undefined],
  [number('12.5'), 1250n, undefined],
  ['100.00', 10_000n, undefined],
  ['100.01', undefined, ['Ensure this value is less than or equal to 100.']],
  ['12.345', undefined, ['Ensure that there are no more than 2 decimal places.']],
  ['-1', undefined, ['Ensure this value is greater than or equal to 0.']],
])('a percentage of %j is %s hundredths', (value, expected, problems) => {
  const rule = { decimals: 2, floor: 'from 0', max: 100n } as const
  expect(read(value, (reader) => reader.scaled('field', rule))).toEqual([expected, problems])
})

describe('what is kept as it was said', () => {
  test('keeps its numbers as numbers where a double is the same, and as texts where not', () => {
    const said = {
      ...{ whole: number('1'), float: number('1.0'), price: number('5.50'), long: number('12345678901234567890') },
      list: [number('1e2'), { deep: number('0.1') }],
      ...{ text: 'x', nothing: null, yes: true },
    }
    expect(read(said, (reader) => reader.freeForm('field'))[0]).toEqual({
      ...{ whole: 1, float: 1, price: 5.5, long: '12345678901234567890' },
      list: [100, { deep: 0.1 }],
      ...{ text: 'x', nothing: null, yes: true },
    })
  })

  test('may be a JSON text in a form, and is an object', () => {
    expect(read('{"a":1}', (reader) => reader.freeForm('field'))[0]).toEqual({ a: 1 })
    for (const value of ['a', '[1]', [1], number('1')])
      expect(read(value, (reader) => reader.freeForm('field'))[1]).toEqual(['Expected a dictionary of items.'])
  })
})

describe('a list', () => {
  test('has to have an entry where it is required, and no more than it may', () => {
    expect(read([], (reader) => reader.list('field', { required: true }))[1]).toEqual(['This list may not be empty.'])
    expect(read([], (reader) => reader.list('field'))).toEqual([[], undefined])
    expect(read(['a', 'b'], (reader) => reader.list('field', { max: 1 }))[1]).toEqual([
      'Ensure this field has no more than 1 elements.',
    ])
    expect(read(['a', ''], (reader) => reader.list('field'))[1]).toEqual(['Not a valid string.'])
  })

  test('of objects is one', () => {
    for (const value of ['a', {}, [1], ['a'], [null], [[]]])
      expect(read(value, (reader) => reader.nestedList('field', 2, () => 1))[1]).toEqual(['Expected a list of items.'])
    expect(read([{}, {}, {}], (reader) => reader.nestedList('field', 2, () => 1))[1]).toEqual([
      'Ensure this field has no more than 2 elements.',
    ])
  })
})

test('whatever a field is, a reader reads it or says what is wrong, and throws nothing else', () => {
  const leaf = fc.oneof(
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.double().map((value) => number(String(value))),
  )
  const anything = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.string(), tie('value'), { maxKeys: 4, noNullPrototype: false }),
    ),
  })).value
  const readings: readonly ((reader: Reader) => unknown)[] = [
    (reader) => reader.text('field', { required: true, max: 10 }),
    (reader) => reader.emails('field', 128),
    (reader) => reader.url('field', 100),
    (reader) => reader.choice('field', ['a'], true),
    (reader) => reader.boolean('field'),
    (reader) => reader.integer('field', { min: 0, max: 9 }),
    (reader) => reader.list('field', { required: true }),
    (reader) => reader.freeForm('field'),
    (reader) => reader.nestedList('field', 3, (nested) => nested.money('amount', 'KWD', true)),
    (reader) => reader.nested('field', (nested) => nested.date('date', true)),
    (reader) => reader.currency('field', true),
    (reader) => reader.money('field', 'KWD', true),
    (reader) => reader.date('field', true),
    (reader) => reader.dateTime('field'),
    (reader) => reader.duration('field'),
  ]
  fc.assert(
    fc.property(anything, fc.constantFrom(...readings), (value, reading) => {
      const reader = new Reader({ field: value })
      reading(reader)
      const error = catchError(() => reader.finish())
      if (error !== undefined) expect(error).toBeInstanceOf(AppError)
    }),
    { numRuns: 2000 },
  )
})
