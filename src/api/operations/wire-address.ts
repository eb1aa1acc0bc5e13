// Addresses as they are given and told.
import type { Address, ShippingAddress } from '../../checkouts/checkout.ts'
import type { Reader } from './reader.ts'
import { withoutEmpty } from './shown.ts'

const COUNTRY = { is: /^[A-Z]{2}$/, message: 'Enter an ISO 3166 alpha-2 code.' }

/** Reads a billing address. */
export const readBilling = (reader: Reader): Address =>
  withoutEmpty({
    line1: reader.text('line1', { required: true, max: 128 }),
    line2: reader.text('line2', { max: 128 }),
    city: reader.text('city', { required: true, max: 40 }),
    state: reader.text('state', { max: 40 }),
    country: reader.text('country', { required: true, pattern: COUNTRY }),
    postalCode: reader.text('postal_code', { max: 12 }),
  }) as unknown as Address

/** Reads a shipping address, which names somebody. */
export const readShipping = (reader: Reader): ShippingAddress => ({
  ...readBilling(reader),
  ...(withoutEmpty({
    firstName: reader.text('first_name', { required: true, max: 64 }),
    lastName: reader.text('last_name', { required: true, max: 64 }),
    email: reader.email('email', 128) ?? (reader.has('email') ? undefined : reader.text('email', { required: true })),
    phone: reader.text('phone', { required: true, max: 16 }),
  }) as unknown as Pick<ShippingAddress, 'firstName' | 'lastName' | 'email' | 'phone'>),
})

/** An address in the face's words. */
export const addressBody = (address: Address | ShippingAddress): object =>
  withoutEmpty({
    ...('firstName' in address && {
      first_name: address.firstName,
      last_name: address.lastName,
      email: address.email,
      phone: address.phone,
    }),
    line1: address.line1,
    line2: address.line2,
    city: address.city,
    state: address.state,
    country: address.country,
    postal_code: address.postalCode,
  })
