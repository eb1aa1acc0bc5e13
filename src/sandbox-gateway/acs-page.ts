// The pages of the sandbox's 3-D Secure challenge. They work without JavaScript, and have none.

import { createHash } from 'node:crypto'
import { escapeHtml } from '../markup.ts'
import { formatAmount } from '../money.ts'
import type { Challenge } from './challenge-queries.ts'
import type { Operation } from './queries.ts'

export interface Page {
  readonly status: number
  readonly html: string
  readonly headers: Readonly<Record<string, string>>
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1b2330; --soft: #566173; --ground: #f3f5f8; --sheet: #ffffff; --line: #c9d0da;
  --strong: #1f4e8c; --on-strong: #ffffff; --wrong: #a32020; }
@media (prefers-color-scheme: dark) { :root { --ink: #eef1f5; --soft: #a9b3c1; --ground: #10141a; --sheet: #1a2029;
  --line: #3b4655; --strong: #8ab8f5; --on-strong: #0d1520; --wrong: #ff9d9d; } }
* { box-sizing: border-box; margin: 0; }
body { min-height: 100vh; display: grid; place-items: center; padding: 16px; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { width: 100%; max-width: 420px; padding: 28px 24px; border-radius: 18px; background: var(--sheet); display: grid; gap: 16px; }
h1 { font-size: 20px; line-height: 1.3; }
p, dt { color: var(--soft); }
dl { display: grid; grid-template-columns: auto 1fr; gap: 4px 16px; }
dd { text-align: right; overflow-wrap: anywhere; }
form { display: grid; gap: 12px; }
label { font-weight: 600; }
input, button { width: 100%; min-height: 48px; padding: 8px 14px; border-radius: 10px; border: 1px solid var(--line);
  background: transparent; color: var(--ink); font: inherit; }
input { font-size: 20px; letter-spacing: 0.2em; }
button { cursor: pointer; }
button.main { border-color: var(--strong); background: var(--strong); color: var(--on-strong); font-weight: 600; }
:focus-visible { outline: 3px solid var(--strong); outline-offset: 2px; }
.wrong { color: var(--wrong); font-weight: 600; }
.hint { padding: 10px 14px; border-radius: 10px; background: var(--ground); }
code { font-size: 18px; color: var(--ink); }
`

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

const page = (status: number, formAction: string, html: string): Page => ({
  status,
  html,
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action ${formAction}; frame-ancestors 'none'`,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-robots-tag': 'noindex, nofollow',
  },
})

const render = (title: string, content: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`

/** Asks the payer. `wrong` says that the code that was just given is not the one. */
export function renderChallenge(
  { operation, challenge }: { operation: Operation; challenge: Challenge },
  wrong: boolean,
): Page {
  const tries = challenge.triesLeft === 1 ? 'one more try' : `${challenge.triesLeft} more tries`
  return page(
    wrong ? 422 : 200,
    "'self'",
    render(
      'Approve your payment',
      `<dl>
<dt>Amount</dt><dd>${escapeHtml(formatAmount(operation))} ${escapeHtml(operation.currency)}</dd>
<dt>Card</dt><dd>ending in ${escapeHtml(operation.cardLast4 ?? '')}</dd>${
        operation.merchantReference === null
          ? ''
          : `\n<dt>Order</dt><dd>${escapeHtml(operation.merchantReference)}</dd>`
      }
</dl>
${wrong ? `<p class="wrong" role="alert">This code is wrong. You have ${tries}.</p>` : ''}
<form method="post" action="acs">
<input type="hidden" name="challenge" value="${escapeHtml(challenge.id)}">
<label for="code">Code</label>
<input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="6" aria-describedby="hint" autofocus>
<p class="hint" id="hint">This is a sandbox. Your code is <code>${escapeHtml(challenge.code)}</code>.</p>
<button class="main" name="action" value="approve">Approve</button>
<button name="action" value="decline">Decline</button>
<button name="action" value="cancel">Cancel and go back</button>
</form>`,
    ),
  )
}

/** Sends the payer back, whatever was decided. */
export function renderReturn({ operation, challenge }: { operation: Operation; challenge: Challenge }): Page {
  const isApproved = operation.state === 'approved'
  const { origin } = new URL(challenge.returnUrl)
  return page(
    200,
    origin,
    render(
      isApproved ? 'You have approved the payment' : 'The payment was not approved',
      `<p>${isApproved ? 'Go back to the shop to finish.' : escapeHtml(operation.declineMessage ?? '')}</p>
<form method="post" action="${escapeHtml(challenge.returnUrl)}">
<input type="hidden" name="reference" value="${escapeHtml(operation.reference)}">
<button class="main" autofocus>Back to the shop</button>
</form>`,
    ),
  )
}

/** For an address that leads to no challenge. */
export const renderUnknown = (): Page =>
  page(404, "'none'", render('There is nothing here', '<p>Go back to the shop and start again.</p>'))
