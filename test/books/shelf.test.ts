import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { need } from '../../src/books/books.ts'
import type { Command, Runner } from '../../src/books/command.ts'
import { createLane } from '../../src/books/lane.ts'
import { compositeKey, type Shelf, tableShelf } from '../../src/books/shelf.ts'
import { APP_ROLE } from '../../src/db/embedded-roles.ts'
import { connect } from '../../src/db/pool.ts'
import { newId } from '../../src/ids.ts'
import { openDatabase } from '../helpers/database.ts'
import { quiet } from './setup.ts'

interface Thing {
  readonly id: string
  readonly name: string
  readonly note: string | null
  readonly amount: bigint | null
  readonly count: number | null
  readonly isOn: boolean | null
  readonly at: Date | null
  readonly day: string | null
  readonly bytes: Buffer | null
  readonly document: unknown
}

const thingShelf = tableShelf<Thing>({
  name: 'things',
  columns: {
    id: 'uuid',
    name: 'text',
    note: 'text',
    amount: 'bigint',
    count: 'integer',
    isOn: 'boolean',
    at: 'timestamptz',
    day: 'date',
    bytes: 'bytea',
    document: 'jsonb',
  },
  key: ['id', 'name'],
  mutable: ['note', 'amount', 'count', 'isOn', 'at', 'day', 'bytes', 'document'],
})

let lane: Runner

beforeAll(async () => {
  const { url, ownerUrl } = await openDatabase()
  const owner = await connect(ownerUrl)
  await owner.query(
    `create table things (shard smallint, id uuid, name text, note text, amount bigint, count integer, is_on boolean,
       at timestamptz, day date, bytes bytea, document jsonb, primary key (shard, id, name))`,
  )
  await owner.query(`grant select, insert, update on things to ${APP_ROLE}`)
  await owner.end()
  const opened = createLane({ connect: () => connect(url), shelves: [thingShelf as unknown as Shelf], log: quiet })
  lane = opened
  return () => opened.close()
})

const keyOf = ({ id, name }: Pick<Thing, 'id' | 'name'>): string => compositeKey(id, name)

const write = (things: readonly Thing[]): Command<null> => ({
  name: 'write',
  needs: things.map((thing) => need(thingShelf, keyOf(thing))),
  decide: (books) => {
    for (const thing of things) books.put(thingShelf, thing)
    return null
  },
})

const read = (things: readonly Thing[]): Command<(Thing | undefined)[]> => ({
  name: 'read',
  needs: things.map((thing) => need(thingShelf, keyOf(thing))),
  decide: (books) => things.map((thing) => books.find(thingShelf, keyOf(thing))),
})

// PostgreSQL holds no NUL and no half of a surrogate pair; the faces refuse both.
const anyText = fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.replaceAll('\0', ''))
const awkward = fc.oneof(
  anyText,
  fc.constantFrom('', 'NULL', 'null', '{}', '{a,b}', '"', '\\', '\\"', "'", ',', ' ', '\n'),
)
const nullable = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { freq: 5 })
const anyDate = fc.date({ min: new Date('0100-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
const anyDocument = fc.jsonValue({ stringUnit: 'grapheme', maxDepth: 3 }).map((value) => withoutNul(value))

const withoutNul = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll('\\u0000', '').replaceAll('-0', '0'))

const anyThing: fc.Arbitrary<Thing> = fc.record(
  {
    id: fc.constant(null).map(() => newId()),
    name: awkward,
    note: nullable(awkward),
    amount: nullable(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    count: nullable(fc.integer()),
    isOn: nullable(fc.boolean()),
    at: nullable(anyDate),
    day: nullable(anyDate.map((date) => date.toISOString().slice(0, 10))),
    bytes: nullable(fc.uint8Array().map((bytes) => Buffer.from(bytes))),
    document: anyDocument,
  },
  { noNullPrototype: true },
)

test('every value comes back from its table as it was put on the shelf, new or changed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(anyThing, anyThing), { minLength: 1, maxLength: 10 }), async (pairs) => {
      const first = pairs.map(([thing]) => thing)
      await lane.run(write(first))
      expect(await lane.run(read(first))).toStrictEqual(first)
      const second = pairs.map(([{ id, name }, changed]) => ({ ...changed, id, name }))
      await lane.run(write(second))
      expect(await lane.run(read(second))).toStrictEqual(second)
    }),
    { numRuns: 60 },
  )
})

test('a row that is not there is known not to be', async () => {
  const absent = { id: newId(), name: 'nobody' } as Thing
  expect(await lane.run(read([absent]))).toEqual([undefined])
})
