// The form with which a shop sends its customer to our page: what is to be paid, under the checksum C11.
import { AppError, invalidField } from '../../errors.ts'
import type { Member } from '../../members/member.ts'
import type { Money } from '../../money.ts'
import type { OrderDetails } from '../../orders/order.ts'
import { parseWireAmount } from './amounts.ts'
import { isChecksum } from './checksum.ts'
import type { Fields } from './fields.ts'
import * as rules from './rules.ts'
import { optional, readFields, required } from './shape.ts'

const HOSTED_AMOUNT = /^[0-9]{1,8}\.[0-9]{2}$/ // Of the hosted page; the rest of the API has ten digits.

const CHECKOUT_SHAPE = {
  memberId: required(rules.MEMBER_ID),
  checksum: required(rules.CHECKSUM),
  totype: required(rules.TOTYPE),
  merchantTransactionId: required(rules.HASHED_ID),
  amount: required(rules.AMOUNT),
  currency: required(rules.CURRENCY),
  merchantRedirectUrl: required(rules.URL_TEXT),
  notificationUrl: optional(rules.LOOSE_URL),
  orderDescription: optional(rules.textOf(255, 'What it is for.')),
  tmpl_amount: optional(rules.AMOUNT),
  tmpl_currency: optional(rules.CURRENCY),
  terminalid: optional(rules.TERMINAL_ID),
  paymentType: optional(rules.oneOf(['PA', 'DB'], 'PA holds the money, DB takes it.')),
  attemptThreeD: optional(rules.oneOf(['only3D', '3D', 'direct'], 'As on payments.')),
  email: optional(rules.EMAIL),
  phone: optional(rules.PHONE),
  telnocc: optional(rules.COUNTRY_CALLING_CODE),
  firstName: optional(rules.textOf(100, 'Of the customer.')),
  lastName: optional(rules.textOf(100, 'Of the customer.')),
}

const OWNER_SHAPE = { memberId: CHECKOUT_SHAPE.memberId }

export interface CheckoutOrder {
  readonly merchantTransactionId: string
  readonly amount: Money
  readonly kind?: 'authorize' | 'purchase'
  readonly authentication: 'auto' | 'required' | 'skip'
  readonly details: Omit<OrderDetails, 'paymentMode' | 'paymentBrand' | 'card'> & { readonly redirectUrl: string }
}

/** The member that the form names. */
export const readCheckoutMember = (fields: Fields): string => readFields(OWNER_SHAPE, fields).memberId

/** Reads the form of this member. Throws `checksum_invalid` and what is wrong with a field. */
export function readCheckout(
  fields: Fields,
  member: Pick<Member, 'secureKeys' | 'allowsMd5'> | undefined,
  dummy: Member['secureKeys'],
): CheckoutOrder {
  const read = readFields(CHECKOUT_SHAPE, fields)
  const { memberId, totype, amount, merchantTransactionId, merchantRedirectUrl, currency, checksum } = read
  if (!HOSTED_AMOUNT.test(amount)) throw invalidField('amount', 'must have at most eight digits before the point')
  const money = parseWireAmount(amount, currency)
  const hashed = { memberId, totype, amount, merchantTransactionId, merchantRedirectUrl }
  // The same work for a member that there is not: who that is must not be learnt here.
  const isRight = isChecksum('C11', member?.secureKeys ?? dummy, hashed, checksum)
  if (!member?.allowsMd5 || !isRight) throw new AppError('checksum_invalid')
  return {
    merchantTransactionId,
    amount: money,
    ...(read.paymentType !== undefined && { kind: read.paymentType === 'PA' ? 'authorize' : 'purchase' }),
    authentication: read.attemptThreeD === 'only3D' ? 'required' : read.attemptThreeD === 'direct' ? 'skip' : 'auto',
    details: detailsOf(read),
  }
}

function detailsOf(read: ReturnType<typeof readFields<typeof CHECKOUT_SHAPE>>): CheckoutOrder['details'] {
  const { notificationUrl, orderDescription, tmpl_amount, tmpl_currency, terminalid } = read
  return {
    redirectUrl: read.merchantRedirectUrl,
    customer: {
      ...(read.email !== undefined && { email: read.email }),
      ...(read.phone !== undefined && { phone: read.phone }),
      ...(read.telnocc !== undefined && { telnocc: read.telnocc }),
      ...(read.firstName !== undefined && { givenName: read.firstName }),
      ...(read.lastName !== undefined && { surname: read.lastName }),
    },
    shipping: {},
    device: {},
    ...(notificationUrl !== undefined && { notificationUrl: rules.withScheme(notificationUrl) }),
    ...(orderDescription !== undefined && { descriptor: orderDescription }),
    ...(tmpl_amount !== undefined && { tmplAmount: tmpl_amount }),
    ...(tmpl_currency !== undefined && { tmplCurrency: tmpl_currency }),
    ...(terminalid !== undefined && { terminalId: terminalid }),
  }
}
