// What the documentation says of bodies and answers. The wire reads every field by itself, so that forms work, too, and a caller learns
// everything that is wrong at once.
import Type, { type TSchema } from 'typebox'

const text = (description: string, more: object = {}): TSchema => Type.String({ description, ...more })
const optional = (schema: TSchema): TSchema => Type.Optional(schema)

const NAMES = {
  session_id: optional(text('The payment. It wins when both are given.', { maxLength: 128 })),
  order_no: optional(text('The merchant’s own number of it; of several the newest is meant.', { maxLength: 128 })),
}

export const OPERATION_BODY = Type.Object({
  operation: Type.Union(['delete', 'cancel', 'expire', 'refund', 'capture', 'void'].map((name) => Type.Literal(name))),
  ...NAMES,
  amount: optional(text('Major units, for refunds and captures; what is left unless told.')),
  destination: optional(text('Where a refund goes: `pg`, back by the gateway. There are no wallets.')),
  extra: optional(
    Type.Object({}, { additionalProperties: true, description: 'Kept with the child and answered again.' }),
  ),
})

export const OPERATION_HEADERS = Type.Object({
  'Tracking-Key': optional(
    text('Makes a refund, capture or void execute once. The merchant’s own.', { maxLength: 128 }),
  ),
})
export const OPERATION_RESPONSE = Type.Object({}, { additionalProperties: true })
export const NOTICE_RESPONSE = Type.Object({}, { additionalProperties: true })

export const INQUIRY_BODY = Type.Object({
  ...NAMES,
  notify_webhook_url: optional(Type.Boolean({ description: 'Whether the answer is posted to the webhook, too.' })),
  webhook_url: optional(text('Where it is posted instead.', { maxLength: 200 })),
})

const list = (description: string): TSchema => Type.Array(Type.String(), { description })
const object = (description: string, properties: Readonly<Record<string, TSchema>> = {}): TSchema =>
  Type.Object(properties, { additionalProperties: true, description })
const flag = (description: string): TSchema => optional(Type.Boolean({ description }))

const ADDRESS = {
  line1: text('', { maxLength: 128 }),
  line2: optional(text('', { maxLength: 128 })),
  city: text('', { maxLength: 40 }),
  state: optional(text('', { maxLength: 40 })),
  country: text('ISO 3166 alpha-2.', { minLength: 2, maxLength: 2 }),
  postal_code: optional(text('', { maxLength: 12 })),
}

const RECEIVER = {
  first_name: text('', { maxLength: 64 }),
  last_name: text('', { maxLength: 64 }),
  email: text('', { maxLength: 128 }),
  phone: text('', { maxLength: 16 }),
}

const AGREEMENT = {
  type: optional(text('`recurring` (default), `unscheduled`, `installment`, `event_based` or `other`.')),
  id: optional(text('The merchant’s own; needed unless `event_based` or `other`.', { maxLength: 128 })),
  amount_variability: optional(text('`fixed` or `variable`.')),
  frequency: optional(text('`daily`, `weekly`, `monthly` …; an unscheduled one is `irregular`.')),
  start_date: optional(text('`DD/MM/YYYY` or `YYYY-MM-DD`.')),
  expiry_date: optional(text('Needed of recurring ones and installments.')),
  cycle_interval_days: optional(Type.Integer({ minimum: 1, maximum: 366 })),
  total_cycles: optional(Type.Integer({ minimum: 1, maximum: 999 })),
  max_amount_per_cycle: optional(text('Major units.')),
  seller: optional(object('`name`, `short_name`, `category_code`; needed of installments.')),
}

const CUSTOMER_FIELDS = {
  customer_id: optional(text('Needed to save cards, and for auto debit.', { maxLength: 64 })),
  customer_email: optional(text('', { maxLength: 128 })),
  customer_phone: optional(text('', { maxLength: 16 })),
  customer_phone_2: optional(text('', { maxLength: 16 })),
  customer_first_name: optional(text('', { maxLength: 64 })),
  customer_last_name: optional(text('', { maxLength: 64 })),
  customer_birthdate: optional(text('`YYYY-MM-DD`.')),
  billing_address: optional(object('', ADDRESS)),
  shipping_address: optional(object('', { ...ADDRESS, ...RECEIVER })),
}

const MESSAGE_FIELDS = {
  notifications: optional(
    object('Which events the customer is told of, by channel: `created`, `paid`, `canceled` …', {
      email: optional(list('')),
      sms: optional(list('')),
      whatsapp: optional(list('')),
    }),
  ),
  email_recipients: optional(list('Who else gets the e-mails.')),
}

const WISHES = {
  payment_instrument: optional(
    object('Pays in one step, with a saved card.', {
      instrument_type: text('`token`.'),
      payload: object('', { token: text('') }),
    }),
  ),
  initiator_id: optional(Type.Integer({ description: 'The user in whose name a key asks.' })),
  attachment: optional(Type.String({ format: 'binary', description: 'A file, in a multipart form.' })),
  attachment_upload_url: optional(text('A file that was uploaded before.', { maxLength: 2000 })),
  shortify_attachment_url: flag('Whether the file gets a short address, too.'),
  shortify_checkout_url: flag('Whether the page gets a short address, too.'),
  generate_qr_code: flag('Whether there is a QR code of the page’s address.'),
  include_sdk_setup_preload: flag('Whether the answer has what a page of the merchant’s own shows.'),
}

const CHECKOUT_FIELDS = {
  order_no: optional(text('The merchant’s own number.', { maxLength: 128 })),
  ...CUSTOMER_FIELDS,
  payment_type: optional(text('`one_off`, `auto_debit` or `save_card`.')),
  agreement: optional(object('Needed for auto debit.', AGREEMENT)),
  card_acceptance_criteria: optional(
    object('Which cards are taken.', {
      min_expiry_time: Type.Integer({ description: 'Days.', minimum: 1, maximum: 365 }),
    }),
  ),
  expiration_time: optional(text('`[DD ]HH:MM:SS` from its creation; a day unless told.')),
  due_datetime: optional(text('`DD/MM/YYYY hh:mm` or ISO 8601. Informational.')),
  redirect_url: optional(text('Where the payer goes afterwards.', { maxLength: 2000 })),
  webhook_url: optional(text('Where the outcome is posted.', { maxLength: 2000 })),
  language: optional(text('`en` or `ar`.')),
  ...MESSAGE_FIELDS,
  extra: optional(object('The merchant’s own fields: kept, and told with every notice.')),
  product_type: optional(text('', { maxLength: 128 })),
  vendor_name: optional(text('', { maxLength: 64 })),
  unit_code: optional(text('Letters, digits, `_` and `-`.', { maxLength: 64 })),
  branding_options: optional(
    object('How ways to pay are named on the page: `payment_methods` by code, each `{text, color, font_weight}`.', {
      payment_methods: optional(object('')),
    }),
  ),
  loyalty: optional(
    object('', {
      enabled: Type.Boolean(),
      reference: optional(text('', { maxLength: 128 })),
      metadata: optional(object('')),
    }),
  ),
  ...WISHES,
}

export const CHECKOUT_BODY = Type.Object(
  {
    type: text('`e_commerce` or `payment_request`.'),
    amount: text('Major units, at least 0.01; 0 where a card is only saved.', { maxLength: 24 }),
    currency_code: text('ISO 4217.', { minLength: 3, maxLength: 3 }),
    pg_codes: Type.Array(Type.String(), {
      minItems: 1,
      description: 'The gateway accounts that the payer may choose.',
    }),
    ...CHECKOUT_FIELDS,
  },
  { additionalProperties: true },
)

const number = (description: string): TSchema => Type.Unsafe({ type: ['number', 'string'], description })

const DISCOUNT = {
  discount_amount: optional(number('Major units. Not with a percentage.')),
  discount_percentage: optional(number('At most two decimals. Not with an amount.')),
  tax_rate: optional(number('Percent, at most two decimals.')),
}

const COMPARED = {
  total_excl_tax: optional(number('Compared when sent.')),
  tax_amount: optional(number('Compared when sent.')),
  total_incl_tax: optional(number('Compared when sent.')),
}

const INVOICE_ITEM = Type.Object({
  sku: text('', { maxLength: 255 }),
  description: text('', { maxLength: 255 }),
  quantity: number('At most six decimals.'),
  unit_price: number('Major units, at most six decimals.'),
  ...DISCOUNT,
  ...COMPARED,
})

export const INVOICE_BODY = Type.Object(
  {
    ...Type.Omit(CHECKOUT_BODY, ['amount']).properties,
    invoice_number: text('The merchant’s own; used once.', { maxLength: 255 }),
    due_date: text('`YYYY-MM-DD` or `DD/MM/YYYY`. Informational.'),
    due_datetime: optional(text('`DD/MM/YYYY hh:mm` or ISO 8601; the due date unless told. Informational.')),
    expiration_time: optional(
      text('`[DD ]HH:MM:SS` from its creation; until thirty days after it is due unless told.'),
    ),
    invoice_items: Type.Array(INVOICE_ITEM, { minItems: 1, maxItems: 100 }),
    company_name: optional(text('', { maxLength: 64 })),
    ...DISCOUNT,
    shipping_excl_tax: optional(number('Major units.')),
    shipping_method: optional(text('', { maxLength: 255 })),
    shipping_tax_rate: optional(number('Percent, at most two decimals.')),
    ...COMPARED,
    subtotal: optional(number('Compared when sent.')),
    shipping_incl_tax: optional(number('Compared when sent.')),
    amount: optional(number('Compared when sent.')),
  },
  { additionalProperties: true },
)

export const CHECKOUT_CHANGES = Type.Partial(CHECKOUT_BODY)
export const CHECKOUT_RESPONSE = Type.Object({}, { additionalProperties: true })

export const SESSION_PARAMS = Type.Object({ session_id: text('40 hex digits.') })
export const CASH_BODY = Type.Object({ session_id: text('A checkout that may be paid in cash.', { maxLength: 128 }) })
export const MESSAGE_BODY = Type.Object({
  ...NAMES,
  channels: Type.Array(text('`email`, `sms` or `whatsapp`.'), { minItems: 1 }),
})
export const MESSAGE_RESPONSE = Type.Object({ message: Type.String() })
export const UPLOAD_BODY = Type.Object({
  file: optional(
    Type.String({ format: 'binary', description: 'At most 2.5 MB: pdf, jpeg, png, doc, docx, jpg, xls, xlsx, txt.' }),
  ),
  ...NAMES,
  shortify_attachment_url: optional(Type.Boolean({ description: 'Whether it gets a short address, too.' })),
})
export const UPLOAD_RESPONSE = Type.Object(
  { file_url: Type.String(), original_filename: Type.String() },
  { additionalProperties: true },
)
export const METHODS_BODY = Type.Object({
  plugin: text('`e_commerce` or `payment_request`.', { maxLength: 50 }),
  currencies: optional(list('ISO 4217.')),
  customer_id: optional(text('By which codes has he paid before?', { maxLength: 64 })),
  operation: optional(text('`purchase` or `authorize`.')),
  tokenizable: flag('Whether cards can be kept.'),
  auto_debit: flag('Whether agreements can be charged.'),
  pg_names: optional(list('Gateways.')),
  type: optional(text('`sandbox` or `production`.')),
  payment_services: optional(list('Wallets: there are none.')),
  tags: optional(list('There are none.')),
})
export const CARDS_BODY = Type.Object({
  type: text('`sandbox` or `production`.'),
  customer_id: text('', { maxLength: 64 }),
  pg_codes: optional(list('Cards of these accounts only.')),
  agreement_id: optional(text('The card of this agreement only.', { maxLength: 128 })),
})
export const AUTO_DEBIT_BODY = Type.Object({
  session_id: text('A checkout of type auto_debit.'),
  token: text('A saved card.'),
})
export const CARD_DELETION_QUERY = Type.Object({
  token: text('The saved card.'),
  customer_id: optional(text('Whose it is.')),
  type: optional(text('`sandbox` or `production`.')),
})
export const LIST_RESPONSE = Type.Array(Type.Object({}, { additionalProperties: true }))
