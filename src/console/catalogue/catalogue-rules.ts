import type { components } from '../api/types.ts'
import type { IconName } from '../ui/icon-names.ts'

export type Product = components['schemas']['Product']
export type Order = components['schemas']['Order']
export type OrderWithHistory = components['schemas']['OrderWithHistory']
export type Kind = Product['kind']
export type OrderStatus = Order['status']

export type OrderAct = 'complete' | 'cancel' | 'return'

export const kinds: readonly Kind[] = ['loan', 'licence', 'one_off']
export const statuses: readonly OrderStatus[] = ['reserved', 'complete', 'cancelled', 'expired', 'returned']

/** The mark of each state of an order. */
export const iconOf: Record<OrderStatus, IconName> = {
  reserved: 'clock',
  complete: 'check',
  cancelled: 'x',
  expired: 'state-closed',
  returned: 'undo',
}

interface Price {
  price: number
  currency: string
}

/** How many digits of a price stand behind the point: two of euros, none of yen. */
const digitsOf = (currency: string): number => {
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
  } catch {
    return 2
  }
}

/** A price for people, in their language. */
export const priceInWords = ({ price, currency }: Price, language: string): string => {
  const amount = price / 10 ** digitsOf(currency)
  try {
    return new Intl.NumberFormat(language, { style: 'currency', currency }).format(amount)
  } catch {
    return `${amount} ${currency}`
  }
}

/** A price as a field shows it: `49.00`. */
export const priceInField = ({ price, currency }: Price): string => {
  const digits = digitsOf(currency)
  return (price / 10 ** digits).toFixed(digits)
}

/** What somebody typed as a price, in the smallest unit; null when it is no price of the currency. */
export const typedPrice = (typed: string, currency: string): number | null => {
  const digits = digitsOf(currency)
  const [, whole = '', part = ''] = /^(\d{1,10})(?:[.,](\d+))?$/.exec(typed.trim()) ?? []
  if (whole === '' || part.length > digits) return null
  return Number(whole) * 10 ** digits + Number(part.padEnd(digits, '0') || 0)
}

/** What became of an order at a moment: a reservation whose time is over has expired, or soon will. */
export const stateOf = ({ status, reserved_until }: Order, now: number): OrderStatus =>
  status === 'reserved' && Date.parse(reserved_until) <= now ? 'expired' : status

const hourMs = 3_600_000

/** How long a reservation still lasts, in minutes and seconds: `14:05`. Null for an hour or longer. */
export const timeLeft = ({ reserved_until }: Pick<Order, 'reserved_until'>, now: number): string | null => {
  const left = Math.max(0, Date.parse(reserved_until) - now)
  if (left >= hourMs) return null
  const seconds = Math.ceil(left / 1_000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** What a person may do with an order. The program decides. */
export const actsOf = (order: Order, isStaff: boolean, now: number): OrderAct[] => {
  const state = stateOf(order, now)
  if (state === 'reserved') return isStaff || order.price === 0 ? ['complete', 'cancel'] : ['cancel']
  return isStaff && state === 'complete' && order.kind === 'loan' ? ['return'] : []
}
