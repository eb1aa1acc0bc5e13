// What customers are told of a checkout, in both languages: what happened, and no more than is certain.
import type { Language, NotifiedEvent } from '../checkouts/checkout.ts'
import { timeText } from './times.ts'

/** What a sentence names; the order with what introduces it, or nothing. */
export interface Named {
  readonly merchant: string
  readonly amount: string
  readonly order: string
}

/** A sentence without its full stop, with a headline, and what else is to be said. */
export interface Saying {
  readonly title: string
  readonly sentence: (named: Named) => string
  readonly more?: string
}

export interface Words {
  readonly payments: Readonly<Record<NotifiedEvent, Saying>>
  /** Where a card is only kept. */
  readonly cards: Readonly<Partial<Record<NotifiedEvent, Saying>>>
  readonly order: (orderNo: string) => string
  readonly until: (at: Date) => string
  readonly caution: string
  /** How long an SMS may be. */
  readonly smsLength: number
}

const ENGLISH: Words = {
  payments: {
    created: {
      title: 'Payment request',
      sentence: ({ merchant, amount, order }) => `${merchant} asks you to pay ${amount}${order}`,
    },
    paid: {
      title: 'Payment received',
      sentence: ({ merchant, amount, order }) => `${merchant} has received ${amount}${order}`,
      more: 'Thank you.',
    },
    authorized: {
      title: 'Amount reserved',
      sentence: ({ merchant, amount, order }) => `${amount} is reserved for ${merchant}${order}`,
      more: 'It has not been charged.',
    },
    captured: {
      title: 'Amount charged',
      sentence: ({ merchant, amount, order }) => `${merchant} has charged ${amount} of what was reserved${order}`,
    },
    voided: {
      title: 'Reservation ended',
      sentence: ({ merchant, amount, order }) => `${amount} is no longer reserved for ${merchant}${order}`,
      more: 'Nothing was charged.',
    },
    refunded: {
      title: 'Refund',
      sentence: ({ merchant, amount, order }) => `${merchant} has refunded ${amount}${order}`,
      more: 'It may take some days to arrive.',
    },
    failed: {
      title: 'Payment failed',
      sentence: ({ merchant, amount, order }) => `The payment of ${amount} to ${merchant} has failed${order}`,
    },
    canceled: {
      title: 'Request canceled',
      sentence: ({ merchant, amount, order }) => `${merchant} has canceled its request for ${amount}${order}`,
      more: 'There is nothing left to pay.',
    },
    expired: {
      title: 'Request expired',
      sentence: ({ merchant, amount, order }) => `The request of ${merchant} for ${amount} has expired${order}`,
    },
  },
  cards: {
    created: {
      title: 'Request to save a card',
      sentence: ({ merchant, order }) => `Nothing is charged: ${merchant} asks you to save a card${order}`,
    },
    paid: {
      title: 'Card saved',
      sentence: ({ merchant, order }) => `${merchant} has saved your card${order}`,
      more: 'Nothing was charged.',
    },
    canceled: {
      title: 'Request canceled',
      sentence: ({ merchant, order }) => `${merchant} has canceled its request to save a card${order}`,
    },
    expired: {
      title: 'Request expired',
      sentence: ({ merchant, order }) => `The request of ${merchant} to save a card has expired${order}`,
    },
  },
  order: (orderNo) => `, order ${orderNo}`,
  until: (at) => `You can do so here until ${timeText(at)}:`,
  caution: 'If you do not know what this is about, do nothing: nothing is paid without you.',
  smsLength: 160,
}

const ARABIC: Words = {
  payments: {
    created: {
      title: 'طلب دفع',
      sentence: ({ merchant, amount, order }) => `يطلب منك ${merchant} دفع ${amount}${order}`,
    },
    paid: {
      title: 'تم استلام الدفعة',
      sentence: ({ merchant, amount, order }) => `استلم ${merchant} مبلغ ${amount}${order}`,
      more: 'شكرًا لك.',
    },
    authorized: {
      title: 'تم حجز المبلغ',
      sentence: ({ merchant, amount, order }) => `تم حجز ${amount} لصالح ${merchant}${order}`,
      more: 'لم يُخصم المبلغ.',
    },
    captured: {
      title: 'تم خصم المبلغ',
      sentence: ({ merchant, amount, order }) => `خصم ${merchant} مبلغ ${amount} من المبلغ المحجوز${order}`,
    },
    voided: {
      title: 'انتهى حجز المبلغ',
      sentence: ({ merchant, amount, order }) => `لم يعد مبلغ ${amount} محجوزًا لصالح ${merchant}${order}`,
      more: 'لم يُخصم أي مبلغ.',
    },
    refunded: {
      title: 'استرداد',
      sentence: ({ merchant, amount, order }) => `أعاد ${merchant} مبلغ ${amount}${order}`,
      more: 'قد يستغرق وصوله بضعة أيام.',
    },
    failed: {
      title: 'فشلت عملية الدفع',
      sentence: ({ merchant, amount, order }) => `فشلت عملية دفع ${amount} إلى ${merchant}${order}`,
    },
    canceled: {
      title: 'أُلغي الطلب',
      sentence: ({ merchant, amount, order }) => `ألغى ${merchant} طلب دفع ${amount}${order}`,
      more: 'لم يعد هناك ما يُدفع.',
    },
    expired: {
      title: 'انتهت صلاحية الطلب',
      sentence: ({ merchant, amount, order }) => `انتهت صلاحية طلب ${merchant} دفع ${amount}${order}`,
    },
  },
  cards: {
    created: {
      title: 'طلب حفظ بطاقة',
      sentence: ({ merchant, order }) => `لن يُخصم أي مبلغ: يطلب منك ${merchant} حفظ بطاقة${order}`,
    },
    paid: {
      title: 'تم حفظ البطاقة',
      sentence: ({ merchant, order }) => `حفظ ${merchant} بطاقتك${order}`,
      more: 'لم يُخصم أي مبلغ.',
    },
    canceled: {
      title: 'أُلغي الطلب',
      sentence: ({ merchant, order }) => `ألغى ${merchant} طلب حفظ بطاقة${order}`,
    },
    expired: {
      title: 'انتهت صلاحية الطلب',
      sentence: ({ merchant, order }) => `انتهت صلاحية طلب ${merchant} حفظ بطاقة${order}`,
    },
  },
  order: (orderNo) => `، رقم الطلب ${orderNo}`,
  until: (at) => `يمكنك ذلك هنا حتى ${timeText(at, 'ar-u-ca-gregory-nu-latn')}:`,
  caution: 'إذا لم تكن تعرف سبب هذه الرسالة فلا تفعل شيئًا: لن يُدفع أي مبلغ دون موافقتك.',
  smsLength: 201, // Three of those that a phone shows as one: in Arabic each has only 67 characters.
}

export const WORDS: Readonly<Record<Language, Words>> = { en: ENGLISH, ar: ARABIC }
