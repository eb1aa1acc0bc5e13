// Payments with a fault of the sandbox gateway: each has a member of its own, whose circuits no other fault has opened.
import { expect } from 'vitest'
import type { Florin } from '../../helpers/florin.ts'
import { newName, type ServicesMember } from '../../helpers/services-member.ts'
import { openShop, type Shop } from '../../helpers/shop.ts'

/** Slow faults are quick, and a caller waits for them. */
export const FAULT_SETTINGS = { gatewayTimeoutMs: 1500, callerWaitMs: 4000 }

export interface Scene {
  readonly member: ServicesMember
  readonly shop: Shop
  readonly name: string
  /** The gateway's truth about the operation with the fault. */
  truth(): Promise<{ state: string; attempts: number; amount: string; currency: string }[]>
}

/** Arms the fault for one operation of an order that is still to be made. */
export async function arm(florin: Florin, mode: number | string, operation: string): Promise<Scene> {
  const member = await florin.addMember()
  const name = newName()
  const fault = { mode, operation, merchantTransactionId: name }
  expect((await florin.sandbox('POST', '/sandbox/gateway/faults', fault)).status).toBe(200)
  return {
    member,
    shop: await openShop(member),
    name,
    truth: async () => {
      const query = `merchantTransactionId=${name}&operation=${operation}`
      return (await florin.sandbox('GET', `/sandbox/gateway/book?${query}`)).body
    },
  }
}

const isOpen = (status: string) =>
  ['authstarted', 'capturestarted', 'markedforreversal', 'cancelstarted', 'payoutstarted'].includes(status)

/** Lets time pass until the payment is decided; the status then. */
export async function decided(florin: Florin, member: ServicesMember, paymentId: string): Promise<string> {
  await florin.advanceUntil(20, async () => !isOpen((await member.inquire(paymentId)).status))
  return (await member.inquire(paymentId)).status
}
