// The fields about people and their devices, which several requests share.
import * as rules from './rules.ts'
import { optional, type ReadFields } from './shape.ts'
import type { CustomerDetails, ShippingDetails } from './view.ts'

const line = (maxLength: number, description: string) => optional(rules.textOf(maxLength, description))

const DEVICE_FIELDS = [
  'browserAcceptHeader',
  'browserColorDepth',
  'browserLanguage',
  'browserScreenHeight',
  'browserScreenWidth',
  'browserTimezoneOffset',
  'browserJavaEnabled',
  'user_Agent',
] as const

type DeviceField = `deviceDetails.${(typeof DEVICE_FIELDS)[number]}`

const DEVICE_SHAPE = Object.fromEntries(
  DEVICE_FIELDS.map((name) => [`deviceDetails.${name}`, line(1024, 'Of the browser, for 3-D Secure.')]),
) as Readonly<Record<DeviceField, ReturnType<typeof line>>>

export const CONTACT_SHAPE = {
  'customer.customerId': line(100, "The merchant's own id of the customer."),
  'customer.givenName': line(100, 'First name.'),
  'customer.surname': line(100, 'Last name.'),
  'customer.email': optional(rules.EMAIL),
  'customer.phone': optional(rules.PHONE),
  'customer.telnocc': optional(rules.COUNTRY_CALLING_CODE),
  'customer.ip': optional(rules.IP),
  'customer.birthDate': optional(rules.BIRTH_DATE),
  'shipping.country': optional(rules.COUNTRY),
  'shipping.city': line(100, 'City.'),
  'shipping.state': line(100, 'State or province.'),
  'shipping.postcode': line(20, 'Postcode.'),
  'shipping.street1': line(200, 'Street and number.'),
  'shipping.givenName': line(100, 'First name.'),
  'shipping.surname': line(100, 'Last name.'),
  ...DEVICE_SHAPE,
}

export interface Contact {
  readonly customer: CustomerDetails
  readonly shipping: ShippingDetails
  readonly device: Readonly<Record<string, string>>
}

/** Who and what a request names. What it does not name is absent. */
export function readContact(read: ReadFields<typeof CONTACT_SHAPE>): Contact {
  const telnocc = read['customer.telnocc']?.trim()
  const country = read['shipping.country']?.toUpperCase()
  return {
    customer: present({
      id: read['customer.customerId'],
      givenName: read['customer.givenName'],
      surname: read['customer.surname'],
      email: read['customer.email'],
      phone: read['customer.phone'],
      telnocc: telnocc === undefined || telnocc.startsWith('+') ? telnocc : `+${telnocc.replace(/^0+(?=.)/, '')}`,
      ip: read['customer.ip'],
      birthDate: read['customer.birthDate'],
    }),
    shipping: present({
      country,
      city: read['shipping.city'],
      state: read['shipping.state'],
      postcode: read['shipping.postcode'],
      street1: read['shipping.street1'],
      givenName: read['shipping.givenName'],
      surname: read['shipping.surname'],
    }),
    device: Object.fromEntries(
      DEVICE_FIELDS.flatMap((name) => {
        const value = read[`deviceDetails.${name}`]
        return value === undefined ? [] : [[name, value]]
      }),
    ),
  }
}

type Present<T> = { readonly [N in keyof T]?: Exclude<T[N], undefined> }

/** The members that are there. */
export const present = <T extends Readonly<Record<string, unknown>>>(members: T): Present<T> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Present<T>
