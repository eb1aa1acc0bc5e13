// /v1/xmetadata and /v1/ping.
import Type from 'typebox'
import type { Deps } from '../../deps.ts'
import { invalidField } from '../../errors.ts'
import { type Route, route } from '../../http/face.ts'
import { setMetadata } from '../../issuing/set-metadata.ts'
import {
  commandOf,
  defined,
  EXAMPLE_ID,
  EXAMPLE_TIME,
  idSchema,
  keyMember,
  labelMembers,
  metadataSchema,
  oneOf,
  timeSchema,
  xidSchema,
} from './wire.ts'

const targetSchema = Type.Object({
  type: oneOf(['account', 'cardaccount', 'card', 'transaction'], 'transaction is a card account transaction.'),
  id: idSchema('The resource.'),
})

const setBody = Type.Object({
  target: targetSchema,
  xid: Type.Optional(Type.Union([xidSchema, Type.Null()])),
  xmetadata: Type.Optional(Type.Union([metadataSchema, Type.Null()])),
  ...keyMember,
})

export const setMetadataRoute = (deps: Deps): Route =>
  route({
    method: 'POST',
    path: '/xmetadata/set',
    summary: 'Set the external id and metadata of a resource',
    description:
      'What is given replaces what was there as a whole, null removes it, and what is absent stays. An external id that ' +
      'was replaced may be used again.',
    body: setBody,
    response: Type.Object({ target: targetSchema, ...labelMembers }),
    examples: {
      body: { target: { type: 'cardaccount', id: EXAMPLE_ID }, xid: 'employee-0018', xmetadata: { team: 'sales' } },
      response: { target: { type: 'cardaccount', id: EXAMPLE_ID }, xid: 'employee-0018', xmetadata: { team: 'sales' } },
    },
    handle: async (call) => {
      const { target, xid, xmetadata } = call.body
      if (xid === undefined && xmetadata === undefined) throw invalidField('xmetadata', 'or xid is required')
      const request = defined({ type: target.type, id: target.id, xid, xmetadata })
      const labels = await setMetadata(deps, commandOf(call, request))
      return { target, ...labels }
    },
  })

export const pingRoute = (): Route =>
  route({
    method: 'GET',
    path: '/ping',
    summary: 'Check credentials and connection',
    response: Type.Object({ message: Type.String(), time: timeSchema("The server's time.") }),
    examples: { response: { message: 'pong', time: EXAMPLE_TIME } },
    handle: async () => ({ message: 'pong', time: new Date().toISOString() }),
  })
