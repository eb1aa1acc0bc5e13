// An invoice on paper: who asks whom, for what, what it comes to, and where it is paid.
import PDFDocument from 'pdfkit'
import type { Address, CheckoutView } from '../checkouts/checkout.ts'
import {
  type CheckoutInvoice,
  type InvoiceStatus,
  invoiceStatus,
  type KeptItem,
} from '../checkouts/checkout-invoice.ts'
import { formatAmount } from '../money.ts'
import { isPayable } from '../payments/claim-states.ts'
import { moneyText } from './parts.ts'
import { addFonts, breakText, type Doc, type Lettering, lineHeight, setBlock, setText, shownText } from './pdf-text.ts'

export interface PrintedInvoice {
  readonly checkout: CheckoutView
  readonly invoice: CheckoutInvoice
  readonly merchantName: string
  readonly payUrl: string
  /** Business time. */
  readonly now: Date
}

const MARGIN = 50
const RIGHT = 545.28 // of an A4 page
const WIDTH = RIGHT - MARGIN
const BOTTOM = 780
const GAP = 18
const NORMAL: Lettering = { size: 9 }
const STRONG: Lettering = { size: 9, isBold: true }
const HEAD: Lettering = { size: 16, isBold: true }
const [INK, GREY, LINK] = ['#1a1a1a', '#666666', '#0b57d0']

/** The invoice as a PDF of A4 pages. */
export function renderInvoicePdf(printed: PrintedInvoice): Promise<Buffer> {
  const { invoice, merchantName } = printed
  const doc = new PDFDocument({
    ...{ size: 'A4', margin: 0, bufferPages: true, lang: 'en' },
    info: {
      Title: `Invoice ${shownText(invoice.invoiceNumber)}`,
      Author: shownText(merchantName),
      CreationDate: invoice.createdAt,
    },
  })
  addFonts(doc)
  doc.fillColor(INK)
  const head = drawHead(doc, printed)
  const rows = drawItems(doc, printed, drawParties(doc, printed, head + GAP) + GAP)
  drawPayment(doc, printed, drawTotals(doc, printed, rows + GAP / 2) + GAP)
  numberPages(doc)
  return bytesOf(doc)
}

function bytesOf(doc: Doc): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    doc.on('data', (chunk: Buffer) => chunks.push(chunk))
    doc.on('error', reject)
    doc.on('end', () => resolve(Buffer.concat(chunks)))
    doc.end()
  })
}

const STATUS: Readonly<Record<InvoiceStatus, string>> = {
  sent: 'Open',
  paid: 'Paid',
  overdue: 'Overdue',
  canceled: 'Canceled',
}

type Fact = readonly [name: string, value: string]

function drawHead(doc: Doc, { checkout, invoice, merchantName, now }: PrintedInvoice): number {
  const half = WIDTH / 2
  const left = setText(doc, merchantName, { x: MARGIN, y: MARGIN, width: half - GAP }, HEAD)
  const facts: readonly Fact[] = [
    ['Number', invoice.invoiceNumber],
    ['Issued', invoice.createdAt.toISOString().slice(0, invoice.dueDate.length)],
    ['Due', invoice.dueDate],
    ['Status', STATUS[invoiceStatus(invoice.dueDate, checkout.state, now)]],
    ...(checkout.orderNo === null ? [] : [['Order', checkout.orderNo] as const]),
  ]
  let y = setText(doc, 'INVOICE', { x: MARGIN + half, y: MARGIN, width: half, align: 'right' }, HEAD)
  for (const fact of facts) y = drawFact(doc, fact, y, NORMAL)
  return Math.max(left, y)
}

const NAMES_X = MARGIN + WIDTH / 2
const VALUES_X = NAMES_X + 90

// A name and its value on the right half of the page.
function drawFact(doc: Doc, [name, value]: Fact, y: number, lettering: Lettering): number {
  setText(doc, name, { x: NAMES_X, y, width: VALUES_X - NAMES_X }, lettering)
  return setText(doc, value, { x: VALUES_X, y, width: RIGHT - VALUES_X, align: 'right' }, lettering)
}

function drawParties(doc: Doc, { checkout: { details }, invoice }: PrintedInvoice, y: number): number {
  const { shippingAddress: to } = details
  const customer = [
    invoice.companyName,
    joined(details.customerFirstName, details.customerLastName),
    ...linesOf(details.billingAddress),
    details.customerEmail,
    details.customerPhone,
  ]
  const receiver = [invoice.terms.shippingMethod, to && joined(to.firstName, to.lastName), ...linesOf(to)]
  return Math.max(
    drawParty(doc, 'Bill to', customer, { x: MARGIN, y }),
    drawParty(doc, 'Ship to', receiver, { x: NAMES_X, y }),
  )
}

const joined = (...parts: readonly (string | undefined)[]): string => parts.filter(Boolean).join(' ')

const linesOf = (address: Address | undefined): readonly string[] =>
  address
    ? [
        address.line1,
        address.line2 ?? '',
        joined(address.postalCode, address.city),
        joined(address.state, address.country),
      ]
    : []

function drawParty(
  doc: Doc,
  title: string,
  lines: readonly (string | null | undefined)[],
  { x, y }: { readonly x: number; readonly y: number },
): number {
  const said = lines.filter((line) => typeof line === 'string' && line !== '')
  if (said.length === 0) return y
  const width = WIDTH / 2 - GAP
  return said.reduce<number>(
    (at, line) => setText(doc, line ?? '', { x, y: at, width }, NORMAL),
    setText(doc, title, { x, y, width }, STRONG),
  )
}

const DESCRIPTION_WIDTH = 190
const COLUMNS = [
  { name: 'Quantity', width: 60 },
  { name: 'Unit price', width: 65 },
  { name: 'Discount', width: 55 },
  { name: 'Tax', width: 55 },
  { name: 'Total', width: WIDTH - DESCRIPTION_WIDTH - 235 },
] as const

function drawCells(doc: Doc, texts: readonly string[], y: number, lettering: Lettering): number {
  let x = MARGIN + DESCRIPTION_WIDTH
  return COLUMNS.reduce((bottom, { width }, i) => {
    const end = setText(doc, texts[i] ?? '', { x: x + 4, y, width: width - 4, align: 'right' }, lettering)
    x += width
    return Math.max(bottom, end)
  }, y)
}

function drawRule(doc: Doc, y: number): void {
  doc.moveTo(MARGIN, y).lineTo(RIGHT, y).lineWidth(0.5).strokeColor(GREY).stroke()
}

function drawTableHead(doc: Doc, y: number): number {
  setText(doc, 'Description', { x: MARGIN, y, width: DESCRIPTION_WIDTH }, STRONG)
  const bottom =
    drawCells(
      doc,
      COLUMNS.map(({ name }) => name),
      y,
      STRONG,
    ) + 3
  drawRule(doc, bottom)
  return bottom + 4
}

function drawItems(doc: Doc, { checkout: { currency }, invoice }: PrintedInvoice, from: number): number {
  const width = DESCRIPTION_WIDTH
  let y = drawTableHead(doc, from)
  for (const item of invoice.items) {
    const description = breakText(doc, item.description, width, NORMAL)
    const sku = breakText(doc, item.sku, width, NORMAL)
    if (y + description.height + sku.height > BOTTOM) y = drawTableHead(doc, nextPage(doc))
    const cells = drawCells(doc, cellsOf(item, currency), y, NORMAL)
    const described = setBlock(doc, description, { x: MARGIN, y, width })
    doc.fillColor(GREY)
    const named = setBlock(doc, sku, { x: MARGIN, y: described, width })
    doc.fillColor(INK)
    y = Math.max(cells, named) + 4
  }
  drawRule(doc, y)
  return y
}

function cellsOf({ quantity, unitPrice, figures }: KeptItem, currency: string): readonly string[] {
  const text = (amount: string): string => formatAmount({ amount: BigInt(amount), currency })
  return [quantity, unitPrice, text(figures.discount), text(figures.taxAmount), text(figures.totalInclTax)]
}

function nextPage(doc: Doc): number {
  doc.addPage().fillColor(INK)
  return MARGIN
}

function drawTotals(doc: Doc, { checkout: { currency }, invoice }: PrintedInvoice, from: number): number {
  const { terms } = invoice
  const text = (amount: bigint): string => formatAmount({ amount, currency })
  const rate = terms.taxRate === undefined ? '' : ` ${terms.taxRate} %`
  const lines: readonly (Fact | undefined)[] = [
    ['Subtotal', text(invoice.subtotal)],
    invoice.discount > 0n ? ['Discount', text(-invoice.discount)] : undefined,
    invoice.taxAmount > 0n ? [`Tax${rate}`, text(invoice.taxAmount)] : undefined,
    invoice.shippingInclTax > 0n ? ['Shipping', text(invoice.shippingInclTax)] : undefined,
  ]
  const said = lines.filter((line) => line !== undefined)
  let y = from + (said.length + 2) * lineHeight(NORMAL) > BOTTOM ? nextPage(doc) : from
  for (const line of said) y = drawFact(doc, line, y, NORMAL)
  return drawFact(doc, ['Total', moneyText({ amount: invoice.totalInclTax, currency })], y + 4, {
    size: 12,
    isBold: true,
  })
}

function drawPayment(doc: Doc, { checkout, payUrl }: PrintedInvoice, from: number): void {
  if (!isPayable(checkout.state)) return
  const link = breakText(doc, payUrl, WIDTH, NORMAL)
  const y = from + link.height + lineHeight(STRONG) > BOTTOM ? nextPage(doc) : from
  const at = setText(doc, 'Pay online', { x: MARGIN, y, width: WIDTH }, STRONG)
  doc.fillColor(LINK)
  setBlock(doc, link, { x: MARGIN, y: at, width: WIDTH })
  doc.link(MARGIN, at, WIDTH, link.height, payUrl).fillColor(INK)
}

function numberPages(doc: Doc): void {
  const { start, count } = doc.bufferedPageRange()
  for (let page = 0; count > 1 && page < count; page++) {
    doc.switchToPage(start + page)
    setText(doc, `${page + 1} / ${count}`, { x: MARGIN, y: BOTTOM + GAP, width: WIDTH, align: 'right' }, NORMAL)
  }
}
