// One purchase of 100 USD from binding to refund, as the documentation shows it: 60 captured, of which 20 went back.

const CARD_ID = '0f4e7c86-3a6a-4f0e-9d52-5b1d6f6f3c11'
const VERIFICATION_ID = '019a5b3e-7d21-7000-9f3a-41c07f2be6a4'
const TRANSACTION_ID = '019a5b3e-91c4-7000-8b6d-2f6a90c1d35e'
const BRAND_IMAGE = 'https://assets.example.com/cards/platinum.png'
const REF = { cardId: CARD_ID, refId: 'CT6KQDDEC2' }
const PURCHASE = { cardId: CARD_ID, amount: 100, currency: 'USD', description: 'Order #123' }
const HELD = {
  transactionId: TRANSACTION_ID,
  status: 'locked',
  amountAuthorized: 100,
  currency: 'USD',
  authorizationExpiry: '2026-03-26T09:46:54.363Z',
  ...REF,
}

export const initiate = {
  body: { fullPan: '5451881234560110' },
  response: {
    verificationId: VERIFICATION_ID,
    code: '123456',
    codeExpiry: '2026-03-19T09:50:12.009Z',
    maskedPan: '545188******0110',
    contactNumber: '85260001235',
    cardFace: BRAND_IMAGE,
  },
}

export const confirm = {
  body: { verificationId: VERIFICATION_ID, code: '123456' },
  response: {
    cardId: CARD_ID,
    bindingStatus: 'success',
    cardFace: BRAND_IMAGE,
    expirationDate: '03/2030',
    cardType: 'Platinum',
  },
}

export const verify = { body: PURCHASE, response: { success: true } }

export const purchase = { body: { ...PURCHASE, otpToken: '654321' }, response: HELD }

export const capture = {
  body: { transactionId: TRANSACTION_ID, amount: 60 },
  response: {
    transactionId: TRANSACTION_ID,
    status: 'captured',
    amountCaptured: 60,
    currency: 'USD',
    captureDate: '2026-03-19T09:51:17.009Z',
    ...REF,
  },
}

export const release = {
  body: { transactionId: TRANSACTION_ID },
  response: { transactionId: TRANSACTION_ID, status: 'void', ...REF },
}

export const refund = {
  body: {
    transactionId: TRANSACTION_ID,
    amount: 20,
    currency: 'USD',
    description: 'Partial refund for item X',
    reason: 'Customer requested',
  },
  response: {
    transactionId: TRANSACTION_ID,
    refundTransactionId: '019a5b42-0f6e-7000-a1d4-7c53be20f918',
    status: 'captured',
    amountRefunded: 20,
    currency: 'USD',
    refundDate: '2026-03-20T10:02:41.554Z',
    ...REF,
  },
}

export const transaction = {
  response: {
    ...HELD,
    status: 'captured',
    amountCaptured: 60,
    amountRefunded: 20,
    description: PURCHASE.description,
    createdAt: '2026-03-19T09:46:54.363Z',
  },
}
