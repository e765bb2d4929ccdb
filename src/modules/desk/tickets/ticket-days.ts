import type { App } from '../../../platform/app-context.ts'
import { startOfDay } from '../../../platform/zoned-days.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { settingsOf } from '../../identity/tenants/tenant-settings.service.ts'
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

/** As `withMoments`. The days of a query without a zone are those of the tenant. */
export const inZone = async <Query extends Times>(
  app: App,
  { tenantId }: Pick<User, 'tenantId'>,
  query: Query,
): Promise<Omit<Query, 'zone'>> => {
  const hasDay = times.some((time) =>
    [query[`${time}_from`], query[`${time}_to`]].some((end) => end !== undefined && !end.includes('T')),
  )
  const zone = query.zone ?? (hasDay ? (await settingsOf(app, tenantId)).time_zone : undefined)
  return withMoments({ ...query, zone })
}
