// All pages that payers see, in scopes of their own, and what they see when something goes wrong.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import type { AppError, ErrorCode } from '../errors.ts'
import { logFailure, toAppError } from '../http/refusals.ts'
import type { PageActions } from './actions.ts'
import { registerAttachments } from './attachment.ts'
import { registerChallenge } from './challenge.ts'
import { registerCheckout } from './checkout.ts'
import { registerForms } from './form.ts'
import { registerIcons } from './icon.ts'
import { type DocumentDeps, registerInvoiceDocument } from './invoice-document.ts'
import { notice, type Page, sendPage } from './page.ts'
import { errorPage } from './pay.ts'
import { registerPayInvoice } from './pay-invoice.ts'
import { registerPayer } from './payer.ts'
import { type DoneDeps, findReturnPage, registerPayerDone } from './payer-done.ts'
import { payerErrorPage } from './payer-errors.ts'
import { registerQrCodes } from './qr-code.ts'
import { registerReturn } from './return.ts'
import { registerShortAddresses } from './short-address.ts'
import { wordsOf } from './words.ts'

export interface PagesDeps extends DoneDeps, DocumentDeps {
  readonly actions: PageActions
}

/**
 * Registers /transaction/PayInvoice, /Checkout, /Challenge and /Return, the pages of checkouts under /b/checkout, and what leads to
 * them or comes with them: /b/<short code>, /b/invoice, /b/qr, /b/icons and /b/attachments.
 */
export async function registerPages(app: FastifyInstance, deps: PagesDeps): Promise<void> {
  app.setErrorHandler(createPageErrorHandler(deps, (refusal) => (refusal ? pageOf(refusal) : BROKEN)))
  await app.register(async (scope) => {
    registerForms(scope)
    registerPayInvoice(scope, deps)
    registerCheckout(scope, deps)
  })
  await app.register(async (scope) => {
    registerForms(scope)
    scope.setErrorHandler(createPageErrorHandler(deps, payerErrorPage))
    registerPayer(scope, deps)
    registerPayerDone(scope, deps)
    registerInvoiceDocument(scope, deps)
  })
  await app.register(async (scope) => {
    registerAttachments(scope, deps)
    registerQrCodes(scope, deps)
    registerIcons(scope)
    registerShortAddresses(scope, deps)
  })
  await app.register(async (scope) => registerChallenge(scope, deps))
  await app.register(async (scope) =>
    registerReturn(scope, { ...deps, findReturnPage: (id) => findReturnPage(deps, id) }),
  )
}

type PageOfError = (refusal: AppError | undefined, request: FastifyRequest) => Answer

function createPageErrorHandler({ log }: Pick<Deps, 'log'>, pageOfError: PageOfError) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const refusal = toAppError(error)
    const { status, page } = pageOfError(refusal, request)
    if (status >= 500) logFailure(log, request, { status, error: refusal ?? error })
    const { retryAfterSeconds } = refusal?.details ?? {}
    if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds)
    return sendPage(reply, status, page)
  }
}

interface Answer {
  readonly status: number
  readonly page: Page
}

function pageOf(refusal: AppError): Answer {
  const known = errorPage(refusal)
  if (known) return known
  const status = STATUS[refusal.code]
  if (status === undefined) return BROKEN
  return { status, page: status === 503 ? BUSY : notice('This cannot be read', refusal.message) }
}

const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  invalid_request: 400,
  body_too_large: 413,
  unsupported_media_type: 415,
  overloaded: 503,
}

const { overloaded, broken } = wordsOf('en').states
const BUSY = notice(overloaded.title, overloaded.text)
const BROKEN: Answer = { status: 500, page: notice(broken.title, broken.text) }
