// The secret by which a receiver knows that a webhook is ours: derived from a key and the signer's id, never stored.
import { createHmac } from 'node:crypto'
import { Secret } from '../secret.ts'
import type { WebhookEndpoint } from './endpoints.ts'

/** Who signs: each webhook for itself; one for all callbacks and one for all notices of a merchant, who may name any number of URLs. */
export function signerOf({ id, kind, ownerId }: Pick<WebhookEndpoint, 'id' | 'kind' | 'ownerId'>): string {
  switch (kind) {
    case 'webhook':
      return id
    case 'callback':
      return callbackSigner(ownerId)
    case 'notice':
      return noticeSigner(ownerId)
  }
}

/** The signer of all callbacks of a merchant. */
export const callbackSigner = (ownerId: string): string => `callbacks of ${ownerId}`

/** The signer of all notices of a merchant. */
export const noticeSigner = (ownerId: string): string => `notices of ${ownerId}`

/** The signer's secret in the Standard Webhooks format: `whsec_` and 32 bytes in base64. */
export function deriveWebhookSecret(webhookKey: Secret<Buffer>, signer: string): Secret<string> {
  const secret = createHmac('sha256', webhookKey.reveal()).update(`webhook-secret:${signer}`).digest('base64')
  return new Secret(`whsec_${secret}`)
}
