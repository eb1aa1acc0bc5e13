// Histories that fast-check makes up: steps one after the other, each of several actions at once.
import fc from 'fast-check'
import { fingerprintOf } from '../../src/idempotency/keyed.ts'
import { ACTIONS, NUMBERS, type Particulars, type Scene } from './actions.ts'

export interface Action extends Particulars {
  readonly kind: keyof typeof ACTIONS
  /** Which of few keys, if any: actions meet under them. */
  readonly key: number | undefined
}

export type History = readonly (readonly Action[])[]

const SMALL = fc.integer({ min: 0, max: NUMBERS - 1 })

const KIND = fc.oneof(
  ...Object.entries(ACTIONS).map(([kind, { weight }]) => ({
    weight,
    arbitrary: fc.constant(kind as Action['kind']),
  })),
)

const ACTION: fc.Arbitrary<Action> = fc.record({
  kind: KIND,
  a: SMALL,
  b: SMALL,
  c: SMALL,
  amount: fc.oneof(fc.bigInt({ min: 1n, max: 20_000n }), fc.constantFrom(1n, 5_000n, 10_000n)),
  hkd: fc.boolean(),
  key: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined, freq: 3 }),
  xid: fc.option(fc.constantFrom('x1', 'x2', 'x3'), { nil: undefined, freq: 4 }),
})

// Now and then somebody asks several times at once, as a client does that got no answer.
const COPIES = fc.oneof(
  { weight: 5, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.integer({ min: 2, max: 3 }) },
)

const STEP = fc
  .array(fc.tuple(ACTION, COPIES), { minLength: 1, maxLength: 6 })
  .map((asked) => asked.flatMap(([action, copies]) => Array.from({ length: copies }, () => action)))

/** Histories of about forty actions. */
export const anyHistory = (): fc.Arbitrary<History> => fc.array(STEP, { minLength: 4, maxLength: 16, size: 'max' })

/** Does the action in the scene. Rejects like its verb. */
export function perform(scene: Scene, { kind, key, ...particulars }: Action): Promise<unknown> {
  const claim = { scope: kind, key: `key ${key}`, fingerprint: fingerprintOf(particulars) }
  return ACTIONS[kind].run(scene, particulars, key === undefined ? [] : [claim])
}
