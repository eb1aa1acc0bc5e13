// One member's afternoon, as the documentation shows it: a payment, its capture and refund, a list, a stored card, an invoice. The
// checksums are true for member 10042 with the secure key sk_TEST_7f3c2a9b51.

const PROOF = { 'authentication.memberId': '10042' }
const CARD = {
  bin: '400000',
  last4Digits: '0051',
  lastFourDigits: '0051',
  holder: 'A. Chan',
  expiryMonth: '12',
  expiryYear: '2030',
}
const TIME = '2026-01-05 10:15:00'

export const payment = {
  body: {
    ...PROOF,
    'authentication.checksum': 'd2ae514c64e62fb23e0114050fe92e6c',
    merchantTransactionId: 'ORD-2001',
    amount: '50.00',
    currency: 'EUR',
    paymentMode: 'CC',
    paymentBrand: 'VISA',
    paymentType: 'DB',
    'card.number': '4000000000000051',
    'card.expiryMonth': '12',
    'card.expiryYear': '2030',
    'card.cvv': '745',
    'card.holder': 'A. Chan',
    'customer.email': 'a.chan@example.com',
    notificationUrl: 'https://shop.example/callbacks',
  },
  response: {
    paymentId: '900001',
    paymentType: 'DB',
    paymentBrand: 'VISA',
    paymentMode: 'CC',
    firstName: '',
    lastName: '',
    amount: '50.00',
    currency: 'EUR',
    tmpl_amount: '50.00',
    tmpl_currency: 'EUR',
    merchantTransactionId: 'ORD-2001',
    descriptor: '',
    orderDescription: '',
    remark: 'Transaction succeeded',
    status: 'capturesuccess',
    transactionStatus: 'Y',
    captureamount: '50.00',
    refundamount: '0.00',
    eci: '',
    bankReferenceId: '7f2c1d90',
    terminalId: '',
    checksum: '8aa06071fce6415e44c3dc6bae697845',
    card: CARD,
    customer: { email: 'a.chan@example.com', id: '' },
    result: { code: '00001', description: 'Transaction succeeded' },
    timestamp: TIME,
  },
} as const

export const followUp = {
  body: {
    ...PROOF,
    'authentication.checksum': '2dbcae0df4c8acdd7f39d4b2943dd336',
    paymentType: 'RF',
    amount: '20.00',
  },
  response: {
    ...payment.response,
    referencedPaymentId: '900001',
    paymentType: 'RF',
    amount: '20.00',
    remark: 'Transaction refunded successfully',
    status: 'reversed',
    refundamount: '20.00',
    checksum: '61ca368e5e5e50480a32fa0d2d510a20',
    result: { code: '00005', description: 'Transaction refunded successfully' },
  },
} as const

export const inquiry = {
  body: { ...PROOF, 'authentication.checksum': '30665a69b40eb5aa14c3ef5a1010fefc', idType: 'PID', paymentId: '900001' },
  response: { ...payment.response, result: { code: '00026', description: 'Your record found successfully' } },
} as const

export const list = {
  body: {
    ...PROOF,
    'authentication.checksum': '7279c91b3f3da1bd001bd31c42df5e19',
    'pagination.fromdate': '01/01/2026',
    'pagination.todate': '01/31/2026',
    'pagination.pageno': '1',
    'pagination.records': '30',
  },
  response: {
    result: { code: '00029', description: 'Transaction details retrived successfully.' },
    transaction: [
      {
        amount: '50.00',
        currency: 'EUR',
        systemPaymentId: '900001',
        paymentId: '900001',
        merchantTransactionId: 'ORD-2001',
        transactionStatus: 'capturesuccess',
        captureamount: '50.00',
        refundamount: '0.00',
        chargebackamount: '0.00',
        payoutamount: '0.00',
        date: `${TIME}.0`,
        transactionDate: `${TIME}.0`,
        paymentBrand: 'VISA',
        paymentMode: 'CC',
        remark: 'Transaction succeeded',
        customer: {
          ...{ givenName: '', surname: '', phone: '', email: 'a.chan@example.com' },
          ...{ telnocc: '', country: '', city: '', street: '' },
        },
        card: CARD,
        transactionReceiptImg: '',
        bankReferenceId: '7f2c1d90',
        terminalid: '',
      },
    ],
    timestamp: TIME,
  },
} as const

const TOKEN = 'p0kEa7Xq2mV9sLr4TgY1bNc6UwZ8hJd3'

export const registration = {
  body: {
    ...PROOF,
    'authentication.checksum': '7279c91b3f3da1bd001bd31c42df5e19',
    paymentMode: 'CC',
    paymentBrand: 'VISA',
    'card.number': '4000000000000051',
    'card.expiryMonth': '12',
    'card.expiryYear': '2030',
  },
  response: {
    memberId: '10042',
    registrationId: TOKEN,
    id: TOKEN,
    paymentBrand: 'VISA',
    paymentMode: 'CC',
    card: CARD,
    result: { code: '00002', description: 'Card registered successfully' },
    timestamp: TIME,
  },
} as const

export const registrationDeleted = {
  body: { ...PROOF, 'authentication.checksum': '266bca870c9c4ed9565c3f28b3b1b51a', registrationId: TOKEN },
  response: {
    memberId: '10042',
    registrationId: TOKEN,
    id: TOKEN,
    result: { code: '00007', description: 'Registration deleted successfully' },
    timestamp: TIME,
  },
} as const

export const payWithToken = {
  body: {
    ...PROOF,
    'authentication.checksum': '327f9d3fa139d839e04f917c96ed5e2d',
    merchantTransactionId: 'ORD-2002',
    amount: '15.00',
    currency: 'EUR',
    paymentType: 'DB',
    'card.cvv': '745',
  },
  response: {
    ...payment.response,
    paymentId: '900002',
    merchantTransactionId: 'ORD-2002',
    amount: '15.00',
    tmpl_amount: '15.00',
    captureamount: '15.00',
    checksum: '1e4873b50be6c8c8d293fe1857caa640',
  },
} as const

export const payout = {
  body: {
    ...PROOF,
    'authentication.checksum': 'd40015bcf1266010118e4a92c1400c51',
    paymentType: 'PO',
    merchantTransactionId: 'ORD-PO-1',
    amount: '25.00',
    currency: 'EUR',
    paymentId: '900001',
  },
  response: {
    ...payment.response,
    paymentId: '900003',
    paymentType: 'PO',
    paymentMode: 'POT',
    merchantTransactionId: 'ORD-PO-1',
    amount: '25.00',
    tmpl_amount: '25.00',
    captureamount: '0.00',
    status: 'payoutsuccessful',
    checksum: '0c62b8ed7aebcde5f936a8ef0e530b01',
  },
} as const

const INVOICE = {
  memberId: '10042',
  status: 'mailsent',
  result: { code: '00010', description: 'Invoice generated successfully' },
  statusInvoiceResult: { code: '00010', description: 'Invoice generated successfully' },
  invoiceDetails: {
    amount: '125.00',
    currency: 'EUR',
    createdDate: '2026-01-05',
    createdTime: '10:15:00',
    merchantInvoiceId: 'INV-77',
    customerEmail: 'a.chan@example.com',
    merchantOrderDescription: 'January',
    systemInvoiceId: '1',
    invoiceId: '1',
    status: 'mailsent',
    expirationDate: '2026-01-12 10:15:00',
    transactionUrl: 'https://pay.example/transaction/PayInvoice?inv=1&ct=QWcTbSxLrPzNvHdK',
    paymentId: '',
  },
  timestamp: TIME,
} as const

export const invoice = {
  body: {
    ...PROOF,
    'authentication.checksum': '1bf6d8f6738a349be08ecb50886fc81f',
    merchantInvoiceId: 'INV-77',
    amount: '125.00',
    currency: 'EUR',
    merchantRedirectUrl: 'https://shop.example/return',
    merchantOrderDescription: 'January',
    'customer.email': 'a.chan@example.com',
  },
  response: INVOICE,
} as const

const resulting = (code: string, description: string) => ({
  ...INVOICE,
  result: { code, description },
  statusInvoiceResult: { code, description },
})

export const invoiceRegenerated = {
  body: {
    ...PROOF,
    'authentication.checksum': 'dc5eb4873a252d9920d884b917de4b0d',
    invoiceId: '1',
    merchantRedirectUrl: 'https://shop.example/return',
  },
  response: resulting('00013', 'Invoice regenerated successfully'),
}

export const invoiceCancelled = {
  body: { ...PROOF, invoiceId: '1' },
  response: { ...resulting('00011', 'Invoice cancelled successfully'), status: 'cancelled' },
}
export const invoiceReminded = {
  body: { ...PROOF, invoiceId: '1' },
  response: resulting('00012', 'Invoice reminder sent successfully'),
}
export const invoiceInquiry = {
  body: { ...PROOF, 'authentication.checksum': 'c4df0415a5d0da9f00aa32f766207f4d', merchantInvoiceId: 'INV-77' },
  response: resulting('00026', 'Your record found successfully'),
}

export const callbacks = {
  response: {
    callbacks: [
      {
        id: '019a5b3e-91c4-7000-8b6d-2f6a90c1d35e',
        sequence: '17',
        messageId: '019a5b3e-91c4-7000-8b6d-2f6a90c1d35f',
        paymentId: '900001',
        event: 'payment.captured',
        url: 'https://shop.example/callbacks',
        state: 'delivered',
        attempts: '1',
        body: '{"paymentId":"900001","transactionStatus":"Y"}',
        createdAt: '2026-01-05T10:15:00.000Z',
        tries: [{ at: '2026-01-05T10:15:00.120Z', status: '200', response: 'ok', error: '', durationMs: '31' }],
      },
    ],
    newest: '17',
    result: { code: '00001', description: 'Transaction succeeded' },
    timestamp: TIME,
  },
} as const

/** What is proved by the member alone. */
export const PROVED = { ...PROOF, 'authentication.checksum': '7279c91b3f3da1bd001bd31c42df5e19' } as const

const { newest: _, ...LOG } = callbacks.response

export const callbackLog = {
  body: { ...PROVED, paymentId: '900001', state: 'delivered', records: '100' },
  response: { ...LOG, pageToken: 'MTc2NzYwODEwMDAwMCAwMTlhNWIzZS05MWM0LTcwMDAtOGI2ZC0yZjZhOTBjMWQzNWU' },
} as const

const REPLAYED = {
  queued: '12',
  waiting: '0',
  result: { code: '00001', description: 'Transaction succeeded' },
  timestamp: TIME,
} as const

export const callbackReplayed = { body: PROVED, response: REPLAYED } as const

export const callbacksReplayed = {
  body: { ...PROVED, from: '2026-01-05T10:00:00Z', to: '2026-01-05T12:00:00Z', onlyFailed: 'true' },
  response: REPLAYED,
} as const

export const agreementEnded = {
  body: { ...PROOF, 'authentication.checksum': '30665a69b40eb5aa14c3ef5a1010fefc', paymentId: '900001' },
  response: inquiry.response,
} as const

export const invoiceConfig = {
  body: PROVED,
  response: {
    memberId: '10042',
    expirationPeriod: '168',
    timeZone: 'UTC',
    result: { code: '00022', description: 'Invoice configuration found successfully' },
    timestamp: TIME,
  },
} as const
