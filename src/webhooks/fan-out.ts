// Turns what happened into deliveries: every event is read once, put into the face's words, and queued for each endpoint
// that listens to it, in the transaction that moves the reader's cursor on.
import { stringify } from 'lossless-json'
import type { Pool, Queryable } from '../db/pool.ts'
import { createConsumer, type Reading } from '../events/consume.ts'
import type { StoredEvent } from '../events/queries.ts'
import { newId } from '../ids.ts'
import type { Log } from '../log.ts'
import type { NamedKind } from './endpoints.ts'
import {
  findUnheardEnd,
  insertDeliveries,
  type Listener,
  listAddressed,
  listListeners,
  listNamedOwners,
  type NewDelivery,
  takeOwnerSequences,
  takeSequences,
} from './queries.ts'

/** What receivers are told of an event, in a face's own words. */
export type Message = EnvelopeMessage | FixedMessage

interface Addressed {
  /** The face's name of the event: what endpoints listen to. */
  readonly event: string
  /** The one endpoint of the event's owner that gets it. Absent: all webhooks of the owner that listen to it. */
  readonly to?: string
  /** What it is about in the face's words, with the rising version by which receivers drop what is out of date. */
  readonly object?: { readonly id: string; readonly version: number | bigint }
}

/** Sent as `{ event, id, data, time }`. */
export interface EnvelopeMessage extends Addressed {
  /** Anything JSON can hold, with bigint and lossless-json's numbers besides. */
  readonly data: object
}

/** Sent as it is: JSON that the face has written and perhaps signed. */
export interface FixedMessage extends Addressed {
  readonly body: string
}

/** The messages that a face makes of an event; none when it does not tell it. */
export type Renderer = (event: StoredEvent) => Promise<readonly Message[]>

/** One renderer of many: what each of them tells, in their order. */
export const renderAll =
  (renderers: readonly Renderer[]): Renderer =>
  async (event) =>
    (await Promise.all(renderers.map((render) => render(event)))).flat()

export interface FanOutDeps {
  readonly pool: Pool
  readonly log: Log
  readonly render: Renderer
}

/** The reader of events that makes deliveries of them. */
export const CONSUMER = 'webhooks'

/** Makes the function that takes the next events; see `createConsumer`. */
export const createFanOut = (deps: FanOutDeps): (() => Promise<boolean>) =>
  createConsumer({
    name: CONSUMER,
    pool: deps.pool,
    log: deps.log,
    findUnheardEnd,
    open: (events) => openReading(deps, events),
  })

async function openReading({ pool, render }: FanOutDeps, events: readonly StoredEvent[]): Promise<Reading<Rendered>> {
  const ownerIds = [...new Set(events.map((event) => event.ownerId))]
  const [listeners, namedOwners] = [await listListeners(pool, ownerIds), await listNamedOwners(pool, ownerIds)]
  const isHeard = (event: StoredEvent): boolean =>
    namedOwners.has(event.ownerId) || listeners.some((listener) => isFor(listener, event))
  return {
    read: async (event) =>
      isHeard(event) ? (await render(event)).map((message, part) => compose(event, message, part)) : [],
    finish: async (rendered) => {
      const drafts = await address(pool, rendered, listeners)
      return (tx) => write(tx, drafts)
    },
  }
}

interface Rendered {
  readonly event: StoredEvent
  readonly message: Message
  readonly part: number
  readonly messageId: string
  readonly body: string
}

function compose(event: StoredEvent, message: Message, part: number): Rendered {
  const messageId = newId()
  const body =
    'body' in message
      ? message.body
      : stringify({ event: message.event, id: messageId, data: message.data, time: event.createdAt })
  // PostgreSQL would refuse the NUL later, and with it all events beside this one.
  if (body === undefined || body.includes('\0')) throw new Error(`event ${event.id} has no JSON form`)
  return { event, message, part, messageId, body }
}

type Draft = Omit<NewDelivery, 'sequence' | 'ownerSequence' | 'id'>

// An endpoint hears what happens from its creation on.
const isFor = (listener: Listener, event: StoredEvent): boolean =>
  listener.ownerId === event.ownerId && listener.createdAt.getTime() <= event.createdAt.getTime()

const listensTo = ({ events }: Listener, name: string): boolean => events.includes('*') || events.includes(name)

async function address(db: Queryable, rendered: readonly Rendered[], listeners: readonly Listener[]): Promise<Draft[]> {
  const named = [...new Set(rendered.flatMap(({ message: { to } }) => (to === undefined ? [] : [to])))]
  const byId = new Map((named.length > 0 ? await listAddressed(db, named) : []).map((one) => [one.id, one]))
  // Whatever a renderer says, an event goes to nobody but its owner.
  const audienceOf = ({ event, message: { to, event: name } }: Rendered): readonly Listener[] =>
    to === undefined
      ? listeners.filter((listener) => isFor(listener, event) && listensTo(listener, name))
      : [byId.get(to)].filter((one) => one !== undefined).filter(({ ownerId }) => ownerId === event.ownerId)
  return rendered.flatMap((one) => audienceOf(one).map((listener) => draft(one, listener)))
}

const draft = ({ event, message, part, messageId, body }: Rendered, { id, kind, ownerId }: Listener): Draft => ({
  endpointId: id,
  kind,
  ownerId,
  eventId: event.id,
  part,
  messageId,
  subjectId: event.subjectId,
  eventName: message.event,
  body,
  objectId: message.object?.id ?? null,
  objectVersion: message.object ? BigInt(message.object.version) : null,
})

async function write(tx: Queryable, drafts: readonly Draft[]): Promise<void> {
  if (drafts.length === 0) return
  const nextOf = numbering(await takeSequences(tx, countBy(drafts, byEndpoint)), countBy(drafts, byEndpoint))
  const nextOfOwner = {
    webhook: () => null,
    callback: await numberForOwners(tx, 'callback', drafts),
    notice: await numberForOwners(tx, 'notice', drafts),
  }
  // In order, so that the log lists what was made in one moment by its numbers.
  const ids = drafts.map(() => newId()).sort()
  const deliveries = drafts.map((one, i) => ({
    ...one,
    id: ids[i] ?? newId(),
    sequence: nextOf(one.endpointId),
    ownerSequence: nextOfOwner[one.kind](one.ownerId),
  }))
  await insertDeliveries(tx, deliveries)
}

async function numberForOwners(
  tx: Queryable,
  kind: NamedKind,
  drafts: readonly Draft[],
): Promise<(ownerId: string) => bigint> {
  const counts = countBy(
    drafts.filter((one) => one.kind === kind),
    byOwner,
  )
  return numbering(counts.size > 0 ? await takeOwnerSequences(tx, kind, counts) : new Map(), counts)
}

const byEndpoint = ({ endpointId }: Draft): string => endpointId
const byOwner = ({ ownerId }: Draft): string => ownerId

function countBy(drafts: readonly Draft[], key: (draft: Draft) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const one of drafts) counts.set(key(one), (counts.get(key(one)) ?? 0) + 1)
  return counts
}

// Hands out the numbers up to the last one that was reserved, in order.
function numbering(last: ReadonlyMap<string, bigint>, counts: ReadonlyMap<string, number>): (key: string) => bigint {
  const used = new Map([...last].map(([key, number]) => [key, number - BigInt(counts.get(key) ?? 0)]))
  return (key) => {
    const number = (used.get(key) ?? 0n) + 1n
    used.set(key, number)
    return number
  }
}
