import { startOfDay } from '../../../platform/zoned-days.ts'
import type { TicketFilter } from './ticket-query.schemas.ts'

const times = ['raised', 'updated', 'resolved'] as const

/** What a query says of times: moments, and days of a zone. */
type Times = Pick<TicketFilter, `${(typeof times)[number]}_${'from' | 'to'}`> & { zone?: string | undefined }

/**
 * The query with moments in the place of days of its zone, for lists and counts alike, so that a list has the tickets
 * that were counted. A day as the end is in it.
 */
export const withMoments = <Query extends Times>({ zone = 'UTC', ...query }: Query): Omit<Query, 'zone'> => {
  const momentOf = (time: string, plus: 0 | 1): string =>
    time.includes('T') ? new Date(time).toISOString() : startOfDay(time, zone, plus)
  const moments = times.flatMap((time) => {
    const { [`${time}_from` as const]: from, [`${time}_to` as const]: to } = query as Times
    return [
      ...(from === undefined ? [] : [[`${time}_from`, momentOf(from, 0)]]),
      ...(to === undefined ? [] : [[`${time}_to`, momentOf(to, 1)]]),
    ]
  })
  return { ...query, ...Object.fromEntries(moments) }
}
