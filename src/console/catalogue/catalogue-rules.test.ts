import { expect, test } from 'vitest'
import { actsOf, type Order, priceInField, priceInWords, stateOf, timeLeft, typedPrice } from './catalogue-rules.ts'

test('prices have as many digits as their currency', () => {
  expect(priceInWords({ price: 4_900, currency: 'EUR' }, 'en')).toBe('€49.00')
  expect(priceInWords({ price: 4_900, currency: 'JPY' }, 'en')).toBe('¥4,900')
  expect(priceInWords({ price: 1, currency: 'no' }, 'en')).toBe('0.01 no')
  expect(priceInField({ price: 4_905, currency: 'EUR' })).toBe('49.05')
  expect(priceInField({ price: 7, currency: 'JPY' })).toBe('7')
})

test.each([
  ['49', 'EUR', 4_900],
  ['49,5', 'EUR', 4_950],
  [' 49.05 ', 'EUR', 4_905],
  ['0', 'EUR', 0],
  ['7', 'JPY', 7],
  ['7.5', 'JPY', null],
  ['49.001', 'EUR', null],
  ['-1', 'EUR', null],
  ['1e3', 'EUR', null],
  ['', 'EUR', null],
  ['4 900', 'EUR', null],
])('%s %s is %s', (typed, currency, price) => {
  expect(typedPrice(typed, currency)).toBe(price)
})

test('a reservation says how long it lasts, to the second within the last hour', () => {
  const until = { reserved_until: '2026-11-27T10:00:00.000Z' }
  const before = (ms: number): number => Date.parse(until.reserved_until) - ms
  expect(timeLeft(until, before(3_600_000))).toBeNull()
  expect(timeLeft(until, before(845_000))).toBe('14:05')
  expect(timeLeft(until, before(59_001))).toBe('1:00')
  expect(timeLeft(until, before(1))).toBe('0:01')
  expect(timeLeft(until, before(-5_000))).toBe('0:00')
})

test('who may do what with an order, and when', () => {
  const until = '2026-11-27T10:00:00.000Z'
  const order = { status: 'reserved', reserved_until: until, price: 0, kind: 'loan' } as Order
  const [before, after] = [Date.parse(until) - 1, Date.parse(until)]
  expect([stateOf(order, before), stateOf(order, after)]).toEqual(['reserved', 'expired'])
  expect(actsOf(order, false, before)).toEqual(['complete', 'cancel'])
  expect(actsOf({ ...order, price: 1 }, false, before)).toEqual(['cancel'])
  expect(actsOf({ ...order, price: 1 }, true, before)).toEqual(['complete', 'cancel'])
  expect(actsOf(order, true, after)).toEqual([])
  expect(actsOf({ ...order, status: 'complete' }, true, after)).toEqual(['return'])
  expect(actsOf({ ...order, status: 'complete' }, false, after)).toEqual([])
  expect(actsOf({ ...order, status: 'complete', kind: 'licence' }, true, after)).toEqual([])
})
