// Cards that merchants keep, payments with them, and the agreements that they were kept for.
import Type from 'typebox'
import { type Route, route } from '../../http/face.ts'
import { getStanding } from '../../orders/standing.ts'
import type { Principal } from '../../principals/principal.ts'
import { cancelAgreement } from '../../registrations/agreement.ts'
import { deleteRegistration, registerCard } from '../../registrations/register.ts'
import { answerLike, OF_CHARGES } from './answers.ts'
import { chargeAndRender } from './charge.ts'
import { renderingFor, type TransactionServicesDeps } from './context.ts'
import * as examples from './examples.ts'
import type { Fields } from './fields.ts'
import { viewOf } from './view-of.ts'
import { PayWithTokenBody, readPayWithToken } from './wire-charge.ts'
import { AgreementBody, readAgreementEnd } from './wire-follow-up.ts'
import { renderInquiry } from './wire-payment.ts'
import * as wire from './wire-registration.ts'

const CardPath = Type.Object({ registrationId: Type.String({ description: 'As the registration was answered.' }) })
const CARD_PATH = ':registrationId([^/]{1,300})'

/** The routes for kept cards. */
export const cardRoutes = (deps: TransactionServicesDeps): Route[] => [
  route({
    method: 'POST',
    path: '/registrations',
    summary: 'Keep a card without charging it',
    description: 'Its number goes to the vault, its code is never stored.',
    body: wire.RegistrationBody,
    response: answerLike(examples.registration.response),
    examples: examples.registration,
    handle: async ({ principal, body }) => {
      const { merchantId, card, paymentMode, paymentBrand, shownCard } = wire.readRegistration(principal, body)
      const { token } = await registerCard(deps, { merchantId, card, mode: paymentMode })
      const view = { registrationId: token, paymentMode, paymentBrand, card: shownCard }
      return wire.renderRegistration(view, await renderingFor(deps, principal))
    },
  }),
  route({
    method: 'POST',
    path: `/registrations/${CARD_PATH}/delete`,
    summary: 'Forget a card',
    description: 'Its number is deleted, and agreements to charge it end.',
    query: CardPath,
    body: wire.DeleteRegistrationBody,
    response: answerLike(examples.registrationDeleted.response),
    examples: examples.registrationDeleted,
    handle: ({ principal, query, body }) => forget(deps, principal, { id: query.registrationId, fields: body }),
  }),
  route({
    method: 'DELETE',
    path: `/registrations/${CARD_PATH}`,
    summary: 'Forget a card',
    description: 'The same, with the fields in the query or in a body.',
    query: wire.DeleteRegistrationQuery,
    body: wire.DeleteRegistrationBody,
    response: answerLike(examples.registrationDeleted.response),
    examples: examples.registrationDeleted,
    handle: ({ principal, query, body }) =>
      forget(deps, principal, { id: query.registrationId, fields: wire.fieldsOfDelete(query, body) }),
  }),
  route({
    method: 'POST',
    path: `/paywithtoken/${CARD_PATH}`,
    summary: 'Charge a kept card',
    description: 'With the cardholder and the code; or with `recurringType=REPEATED` without them.',
    query: CardPath,
    body: PayWithTokenBody,
    response: answerLike(examples.payWithToken.response, OF_CHARGES),
    examples: examples.payWithToken,
    handle: async ({ principal, query, body }) =>
      chargeAndRender(
        deps,
        readPayWithToken(principal, query.registrationId, body),
        await renderingFor(deps, principal),
      ),
  }),
  route({
    method: 'POST',
    path: '/agreements/:paymentId([^/]{1,300})/cancel',
    summary: 'End the agreement of an INITIAL payment (extension)',
    description: 'Nothing is charged under it any more. To repeat it is no error.',
    query: Type.Object({ paymentId: Type.String({ description: 'The number of the INITIAL payment.' }) }),
    body: AgreementBody,
    response: answerLike(examples.agreementEnded.response, OF_CHARGES),
    examples: examples.agreementEnded,
    handle: async ({ principal, query, body }) => {
      const { merchantId, paymentId } = readAgreementEnd(principal, query.paymentId, body)
      const standing = await getStanding(deps.pool, merchantId, { number: paymentId })
      await cancelAgreement(deps, { merchantId, paymentId: standing.payment.id })
      return renderInquiry(viewOf(standing), await renderingFor(deps, principal))
    },
  }),
]

async function forget(
  deps: TransactionServicesDeps,
  principal: Principal,
  { id, fields }: { readonly id: string; readonly fields: Fields },
): Promise<object> {
  const { merchantId, registrationId } = wire.readRegistrationDeletion(principal, id, fields)
  await deleteRegistration(deps, { merchantId, token: registrationId })
  return wire.renderRegistrationDeleted(registrationId, await renderingFor(deps, principal))
}
