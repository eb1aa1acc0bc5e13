// A message to a customer as it is asked for on the wire.
import { CHANNELS, type Channel } from '../../notify/message.ts'
import type { Body } from './body.ts'
import { Reader } from './reader.ts'
import { type Identifiers, readIdentifiers } from './wire-operation.ts'

const isChannel = (name: string): name is Channel => CHANNELS.some((channel) => channel === name)

/** Reads which payment is meant, and how its customer is told. Throws `invalid_request` with everything that is wrong. */
export function readMessage(body: Body): Identifiers & { readonly channels: readonly Channel[] } {
  const reader = new Reader(body)
  const names = readIdentifiers(reader)
  const channels = reader.list('channels', { required: true }) ?? []
  const strange = channels.find((name) => !isChannel(name))
  if (strange !== undefined) reader.refuse('channels', `"${strange}" is not a valid choice.`)
  reader.finish()
  return { ...names, channels: channels.filter(isChannel) }
}
