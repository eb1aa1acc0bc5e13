// Where the payer of a checkout goes.

/** The page of a checkout, below the address of the server. */
export const CHECKOUT_PATH = '/b/checkout/redirect/start/'

/** The page of the checkout with this session id. `baseUrl` is how people reach us, without a trailing slash. */
export const checkoutUrl = (baseUrl: string, sessionId: string): string =>
  `${baseUrl}${CHECKOUT_PATH}?session_id=${sessionId}`

/** The picture of the ways to pay through this connector. */
export const iconUrl = (baseUrl: string, connector: string): string => `${baseUrl}/b/icons/${connector}.svg`

/** The invoice of the checkout with this session id, as a document. */
export const invoicePdfUrl = (baseUrl: string, sessionId: string): string => `${baseUrl}/b/invoice/${sessionId}.pdf`
