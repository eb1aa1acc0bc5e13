// The secret by which a receiver knows that a webhook is ours: derived from a key and the endpoint's id, never stored.
import { createHmac } from 'node:crypto'
import { Secret } from '../secret.ts'

/** The endpoint's signing secret in the Standard Webhooks format: `whsec_` and 32 bytes in base64. */
export function deriveWebhookSecret(webhookKey: Secret<Buffer>, endpointId: string): Secret<string> {
  const secret = createHmac('sha256', webhookKey.reveal()).update(`webhook-secret:${endpointId}`).digest('base64')
  return new Secret(`whsec_${secret}`)
}
