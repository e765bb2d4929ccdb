import type { FieldError } from '../errors.ts'

const dayMs = 86_400_000
/** No zone is further from UTC than this, so a day and a time are compared with so much room. */
const farthestMs = 16 * 3_600_000

const isTime = (text: string): boolean => text.includes('T')

/** Whether a part of a time ends before it begins. A day as its end is in it. What is no time is not reversed. */
const isReversed = (from: string, to: string): boolean => {
  const end = Date.parse(to) + (isTime(to) ? 0 : dayMs - 1)
  const room = isTime(from) === isTime(to) ? 0 : farthestMs
  return Date.parse(from) > end + room
}

/** The parts of a time in a query that end before they begin: `raised_from` after `raised_to`, `from` after `to`. */
export const reversedRanges = (query: Record<string, unknown>): FieldError[] =>
  Object.entries(query).flatMap(([name, from]) => {
    const end = name.replace(/(?<=^|_)from$/, 'to')
    const to = query[end]
    if (end === name || typeof from !== 'string' || typeof to !== 'string' || !isReversed(from, to)) return []
    return [{ field: end, message: `must not be before ${name}`, code: 'reversed' }]
  })
