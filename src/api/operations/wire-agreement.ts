// An agreement as it is given and told: dates come back as they were given, and in ISO form in notifications.
import type { AgreementTerms } from '../../checkouts/checkout.ts'
import type { Reader } from './reader.ts'
import { withoutEmpty } from './shown.ts'
import { isoDateText } from './times.ts'

const TYPES = ['recurring', 'unscheduled', 'other', 'event_based', 'installment'] as const
const FREQUENCIES = [
  'irregular',
  'daily',
  'weekly',
  'semi_monthly',
  'monthly',
  'quarterly',
  'semi_annually',
  'yearly',
  'other',
] as const

/** Reads an agreement and says what is missing for its type. */
export function readAgreement(reader: Reader): AgreementTerms {
  const type = reader.choice('type', TYPES) ?? 'recurring'
  const isPlanned = type === 'recurring' || type === 'installment'
  const id = reader.text('id', { max: 128, required: isPlanned || type === 'unscheduled' })
  const amountVariability = reader.choice('amount_variability', ['fixed', 'variable'], isPlanned)
  const frequency = reader.choice('frequency', FREQUENCIES, isPlanned || type === 'unscheduled')
  if (type === 'unscheduled' && frequency !== undefined && frequency !== 'irregular')
    reader.refuse('frequency', 'An unscheduled agreement is irregular.')
  const startDate = reader.date('start_date')
  const expiryDate = reader.date('expiry_date', isPlanned)
  if (isPlanned && !reader.has('cycle_interval_days')) reader.refuse('cycle_interval_days', 'This field is required.')
  const cycleIntervalDays = reader.integer('cycle_interval_days', { min: 1, max: 366 })
  const totalCycles = reader.integer('total_cycles', { min: 1, max: 999 })
  const maxAmountPerCycle = reader.amount('max_amount_per_cycle')
  const seller = reader.nested('seller', readSeller)
  if (type === 'installment' && !reader.has('seller')) reader.refuse('seller', 'This field is required.')
  return withoutEmpty({
    ...{ id, type, amountVariability, frequency, startDate, expiryDate, cycleIntervalDays, totalCycles },
    ...{ maxAmountPerCycle, seller, extraParams: reader.freeForm('extra_params') },
  }) as unknown as AgreementTerms
}

function readSeller(reader: Reader): NonNullable<AgreementTerms['seller']> {
  const [name, shortName] = [reader.text('name', { max: 128 }), reader.text('short_name', { max: 64 })]
  return withoutEmpty({ name, shortName, categoryCode: reader.text('category_code', { max: 64 }) })
}

/** The agreement in the face's words. */
export function agreementBody(terms: AgreementTerms, dates: 'as given' | 'iso'): object {
  const { startDate, expiryDate, seller } = terms
  const date = (text = ''): string | undefined => (dates === 'iso' ? isoDateText(text) : text)
  return withoutEmpty({
    id: terms.id,
    type: terms.type,
    amount_variability: terms.amountVariability,
    frequency: terms.frequency,
    start_date: date(startDate),
    expiry_date: date(expiryDate),
    cycle_interval_days: terms.cycleIntervalDays,
    total_cycles: terms.totalCycles,
    max_amount_per_cycle: terms.maxAmountPerCycle,
    seller:
      seller && withoutEmpty({ name: seller.name, short_name: seller.shortName, category_code: seller.categoryCode }),
    extra_params: terms.extraParams,
  })
}
