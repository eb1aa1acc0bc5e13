// What the documentation shows of this face.

const PARENT = 'bb7fc280827c2f177a9690299cfefa4128dbbd60'
const CHILD = '43ae8773f2c61f2ef41e3024e3b8f8bf45667d44'
const SIGNATURE = 'afbf558d547a6b4a9b90a3b075f74ba3a40ef068fcb8d735b0852625ea9f4bf0'

const NOTICE = {
  amount: '10.000',
  amount_details: { amount: '10.000', currency_code: 'KWD', fee: '2.000', total: '12.000' },
  currency_code: 'KWD',
  customer_id: 'customer-7',
  fee: '2.000 KWD',
  gateway_account: 'cards-kwd',
  gateway_name: 'sandbox',
  gateway_response: {},
  initiator: {},
  is_sandbox: true,
  order_no: 'A-1001',
  paid_amount: '12.000',
  payment_type: 'one_off',
  pg_params: { auth_code: '482913', card_number: '411111******1111', result: 'SUCCESS' },
  reference_number: 'FL7K2M9Q4XWB',
  remaining_amount: '0.000',
  result: 'success',
  session_id: PARENT,
  settled_amount: '10.000',
  signature: SIGNATURE,
  state: 'paid',
  timestamp_utc: '2026-03-02 09:00:07',
}

const CHECKOUT_URL = `https://pay.example/b/checkout/redirect/start/?session_id=${PARENT}`
const ICON = 'https://pay.example/b/icons/sandbox.svg'
const billed = (label: string, value: string) => ({ display: `${value} KWD`, value, currency_code: 'KWD', label })
const billing = (amount: string, total: string) => ({
  amount: billed('Total', total),
  sub_total: billed('Amount', amount),
  fee: billed('Fee', '2.000'),
})

const WAY = {
  amount: '12.000',
  code: 'cards-kwd',
  currency_code: 'KWD',
  fee: '2.000',
  fee_description: 'Service fee',
  flow: 'redirect',
  icon: ICON,
  icons: { svg: ICON },
  is_sandbox: true,
  name: 'Card in dinars',
  pg: 'sandbox',
  redirect_url: `${CHECKOUT_URL}&pg_code=cards-kwd`,
  type: 'sandbox',
}

const METHOD = {
  accepted_currencies: ['KWD'],
  auto_debit_enabled: true,
  code: 'cards-kwd',
  default_currency: 'KWD',
  is_sandbox: true,
  is_tokenizable: true,
  logo: ICON,
  name: 'Card in dinars',
  operation: 'purchase',
  operations: ['refund', 'void', 'capture'],
  payment_services: [],
  pg: 'sandbox',
  tags: [],
  wallets: [],
}

const CARD = {
  brand: 'VISA',
  customer_id: 'customer-7',
  cvv_required: true,
  expiry_month: '12',
  expiry_year: '32',
  is_expired: false,
  is_preferred: true,
  name_on_card: 'Ada Lovelace',
  number: '**** 1111',
  pg_code: 'cards-kwd',
  pg_name: 'sandbox',
  token: 'CfDc3NfL2SGEKa5hdoeXOFCaxLF8UzD4',
  will_expire_soon: false,
}

export const EXAMPLES = {
  operation: {
    body: { operation: 'refund', session_id: PARENT, amount: '9.000' },
    response: {
      amount: '9.000',
      initiator: {},
      is_sandbox: true,
      operation: 'refund',
      order_no: 'A-1001',
      pg_code: 'cards-kwd',
      pg_params: { result: 'SUCCESS' },
      pg_response: {},
      reference_number: 'FL4AQ64A0MZT',
      result: 'success',
      session_id: PARENT,
      signature: SIGNATURE,
      source: 'input',
      success: true,
      timestamp_utc: '2026-03-02 09:02:06',
      txn: { amount: '9.000', currency_code: 'KWD', order_no: '', session_id: CHILD, state: 'refunded' },
    },
  },
  inquiry: { body: { session_id: PARENT }, response: NOTICE },
  create: {
    body: {
      type: 'e_commerce',
      amount: '10.000',
      currency_code: 'KWD',
      pg_codes: ['cards-kwd'],
      order_no: 'A-1001',
      customer_id: 'customer-7',
      redirect_url: 'https://shop.example/back',
    },
    response: {
      amount: '10.000',
      billing: billing('10.000', '12.000'),
      checkout_page_url: CHECKOUT_URL,
      checkout_url: CHECKOUT_URL,
      currency_code: 'KWD',
      customer_id: 'customer-7',
      due_datetime: '02/03/2026 09:00:00',
      expiration_time: '1 00:00:00',
      language: 'en',
      operation: 'purchase',
      order_no: 'A-1001',
      payment_methods: [WAY],
      payment_type: 'one_off',
      pg_codes: ['cards-kwd'],
      redirect_url: 'https://shop.example/back',
      session_id: PARENT,
      state: 'created',
      type: 'e_commerce',
    },
  },
  notice: { response: NOTICE },
  methods: {
    body: { plugin: 'e_commerce', currencies: ['KWD'], customer_id: 'customer-7' },
    response: { customer_payment_methods: ['cards-kwd'], payment_methods: [METHOD] },
  },
  cards: { body: { type: 'sandbox', customer_id: 'customer-7' }, response: [CARD] },
  upload: {
    response: {
      file_url: 'https://pay.example/b/attachments/AaISlHm_cACydeCYFXOG6YbtDZu_tVLJIoeRtkWwCLY/bill.pdf',
      original_filename: 'bill.pdf',
    },
  },
} as const

const { amount: _, order_no: __, ...CHECKOUT } = EXAMPLES.create.response
const ITEM = { sku: 'TEA-1', description: 'Tea, loose', quantity: 1.111, unit_price: 5.234 }

export const INVOICE_EXAMPLE = {
  body: {
    ...{ type: 'e_commerce', currency_code: 'KWD', pg_codes: ['cards-kwd'], customer_id: 'customer-7' },
    ...{ redirect_url: 'https://shop.example/back', invoice_number: 'A00001', due_date: '2026-03-31' },
    invoice_items: [ITEM],
  },
  response: {
    ...CHECKOUT,
    amount: 5.815,
    billing: billing('5.815', '7.815'),
    due_date: '2026-03-31',
    due_datetime: '31/03/2026 00:00:00',
    expiration_time: '58 15:00:00',
    invoice_id: PARENT,
    invoice_items: [{ ...ITEM, total_excl_tax: 5.815, tax_amount: 0, total_incl_tax: 5.815 }],
    invoice_number: 'A00001',
    invoice_pdf_url: `https://pay.example/b/invoice/${PARENT}.pdf`,
    payment_methods: [{ ...WAY, amount: '7.815' }],
    shipping_incl_tax: 0,
    status: 'sent',
    subtotal: 5.815,
    tax_amount: 0,
    total_excl_tax: 5.815,
    total_incl_tax: 5.815,
  },
} as const
