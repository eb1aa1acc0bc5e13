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
  extra: optional(
    Type.Object({}, { additionalProperties: true, description: 'Kept with the child and answered again.' }),
  ),
})

export const OPERATION_RESPONSE = Type.Object({}, { additionalProperties: true })
export const NOTICE_RESPONSE = Type.Object({}, { additionalProperties: true })

export const INQUIRY_BODY = Type.Object({
  ...NAMES,
  notify_webhook_url: optional(Type.Boolean({ description: 'Whether the answer is posted to the webhook, too.' })),
  webhook_url: optional(text('Where it is posted instead.', { maxLength: 200 })),
})

const CHECKOUT_FIELDS = {
  order_no: optional(text('The merchant’s own number.', { maxLength: 128 })),
  customer_id: optional(text('Needed to save cards, and for auto debit.', { maxLength: 64 })),
  customer_email: optional(text('', { maxLength: 128 })),
  customer_phone: optional(text('', { maxLength: 16 })),
  customer_first_name: optional(text('', { maxLength: 64 })),
  customer_last_name: optional(text('', { maxLength: 64 })),
  payment_type: optional(text('`one_off`, `auto_debit` or `save_card`.')),
  agreement: optional(Type.Object({}, { additionalProperties: true })),
  expiration_time: optional(text('`[DD ]HH:MM:SS` from its creation; a day unless told.')),
  due_datetime: optional(text('`DD/MM/YYYY hh:mm` or ISO 8601. Informational.')),
  redirect_url: optional(text('Where the payer goes afterwards.', { maxLength: 2000 })),
  webhook_url: optional(text('Where the outcome is posted.', { maxLength: 2000 })),
  language: optional(text('`en` or `ar`.')),
  notifications: optional(Type.Object({}, { additionalProperties: true })),
  billing_address: optional(Type.Object({}, { additionalProperties: true })),
  shipping_address: optional(Type.Object({}, { additionalProperties: true })),
  payment_instrument: optional(Type.Object({}, { additionalProperties: true, description: 'Pays in one step.' })),
  extra: optional(Type.Object({}, { additionalProperties: true })),
}

export const CHECKOUT_BODY = Type.Object(
  {
    type: text('`e_commerce` or `payment_request`.'),
    amount: text('Major units.'),
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
export const METHODS_BODY = Type.Object(
  { plugin: text('`e_commerce` or `payment_request`.', { maxLength: 50 }) },
  { additionalProperties: true },
)
export const CARDS_BODY = Type.Object(
  { type: text('`sandbox` or `production`.'), customer_id: text('', { maxLength: 64 }) },
  { additionalProperties: true },
)
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
