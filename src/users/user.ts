// People who act for a merchant, and what each may do. API keys and superadmins may do everything.
import { AppError, invalidField } from '../errors.ts'
import type { Actor, Principal } from '../principals/principal.ts'

/** What can be granted, and what it allows. Beside these, `gateway.<code>` lets somebody use the gateway account with that code. */
export const PERMISSIONS = {
  'payment.capture': 'capture an authorization',
  'payment.refund': 'refund a payment',
  'payment.void': 'void an authorization',
  'payment.cancel': 'cancel a payment that was not made yet',
  'payment.expire': 'end the time of a payment',
  'payment.delete': 'delete and restore payments',
  'payment.inquiry': 'ask gateways what became of a payment',
  'payment_request.add': 'create payment requests',
  'payment_request.change': 'change payment requests',
  'payment_request.view': 'look at payment requests; who may create or change them may look, too',
  'e_commerce.add': 'create e-commerce payments',
  'e_commerce.change': 'change e-commerce payments',
  'e_commerce.view': 'look at e-commerce payments; who may create or change them may look, too',
  'invoice.add': 'create invoices',
  'report.view': 'look at reports',
} as const

export type Permission = keyof typeof PERMISSIONS | `gateway.${string}`

export interface User {
  readonly id: string
  readonly merchantId: string
  /** What callers are told as his id; unique for his merchant. */
  readonly number: number
  readonly username: string
  readonly email: string
  readonly firstName: string
  readonly lastName: string
  readonly phone: string
  readonly isActive: boolean
  readonly isSuperadmin: boolean
  readonly permissions: readonly string[]
}

const GATEWAY_PERMISSION = /^gateway\.[a-z0-9][a-z0-9_-]{0,63}$/

/** Whether the text is something that can be granted. */
export const isPermission = (text: string): text is Permission =>
  Object.hasOwn(PERMISSIONS, text) || GATEWAY_PERMISSION.test(text)

/** Throws `invalid_request` naming what cannot be granted. */
export function checkPermissions(permissions: readonly string[]): void {
  const unknown = permissions.find((text) => !isPermission(text))
  if (unknown !== undefined) throw invalidField('permissions', `has ${unknown}, which cannot be granted`)
}

const USERNAME = /^[\p{L}\p{N}_.@+-]{1,150}$/u

/** Whether somebody may be called so: letters and digits of any script, and `_.@+-`. */
export const isUsername = (text: string): boolean => USERNAME.test(text.normalize('NFKC'))

/** A name as it is compared: in one case and one form of each letter. */
export const usernameKey = (username: string): string => username.normalize('NFKC').toLowerCase()

/** Whether the actor may. */
export const may = ({ permissions }: Actor, permission: Permission): boolean =>
  permissions === 'all' || permissions.has(permission)

/** The actor of an authenticated request of a face that knows them. */
export function actorOf({ actor }: Principal): Actor {
  if (!actor) throw new Error('a request was handled without an actor')
  return actor
}

/** Throws `forbidden` unless the caller may do one of these. */
export function requirePermission(principal: Principal, ...permissions: readonly Permission[]): void {
  const actor = actorOf(principal)
  if (!permissions.some((permission) => may(actor, permission))) throw new AppError('forbidden')
}
