import { expect, test } from 'vitest'
import { errorCodes } from '../../contract/error-codes.ts'
import { brokenAnswer, isPassing, offline, problemOf, saysNothing, secondsOf } from './problem.ts'

test.each([
  ['3', 3],
  [' 120 ', 120],
  ['0', 0],
  ['Thu, 26 Nov 2026 12:00:30 GMT', 30],
  ['Thu, 26 Nov 2026 11:00:00 GMT', 0],
  ['soon', null],
  ['-5', null],
  ['', null],
  [null, null],
])('Retry-After %j is %j seconds', (header, seconds) => {
  expect(secondsOf(header, Date.parse('2026-11-26T12:00:00Z'))).toBe(seconds)
})

const refusal = (status: number, error: unknown) => problemOf(error, new Response(null, { status }))

test('a refusal of the program has its code, that of something between has none of them', () => {
  expect(refusal(422, { code: 'ticket_closed', title: 'Closed', detail: 'It is closed.' })).toMatchObject({
    code: 'ticket_closed',
    status: 422,
    detail: 'It is closed.',
  })
  for (const error of ['<html>Bad gateway</html>', null, 7, {}]) {
    expect(refusal(502, error)).toMatchObject({ code: 'broken_answer', status: 502, detail: '', errors: [] })
  }
})

test.each([
  [401, 'not_signed_in', true],
  [409, 'request_in_progress', true],
  [429, 'rate_limited', true],
  [502, 'broken_answer', true],
  [503, 'unavailable', true],
  [409, 'undo_spent', false],
  [413, 'broken_answer', false],
  [422, 'ticket_closed', false],
])('%i %s may succeed later: %j', (status, code, isLater) => {
  expect(isPassing({ ...refusal(status, { code }) })).toBe(isLater)
})

test('only what ends by itself keeps the first screen waiting; every other refusal leaves a way in and out', () => {
  const waits = Object.entries(errorCodes)
    .filter(([code, { status }]) => saysNothing(problemOf({ code }, new Response(null, { status }))))
    .map(([, { status }]) => status)
  expect(waits.length).toBeGreaterThan(3)
  expect(waits.filter((status) => status !== 429 && status < 500 && status !== 409)).toEqual([])
  const refused = problemOf({ code: 'second_factor_enrolment_required' }, new Response(null, { status: 403 }))
  expect([offline, brokenAnswer, refused].map(saysNothing)).toEqual([true, true, false])
  // A network with a sign-in page of its own.
  expect(saysNothing(problemOf('<html>', new Response(null, { status: 403 })))).toBe(true)
})
