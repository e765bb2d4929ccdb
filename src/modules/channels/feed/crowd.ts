import type { FeedReader } from './feed-reader.ts'

/**
 * Who gives way to a reader when all places of a process are taken; nobody: undefined. `seats` are those who have a
 * place, the oldest first. A tenant may have all places as long as nobody else wants one. Then the largest tenant gives
 * one up, until both have as many; and in a tenant its customers give way to its staff. Of those the newest goes.
 */
export const whoGivesWay = <Seat extends { reader: FeedReader }>(
  seats: Seat[],
  { tenantId, role }: FeedReader,
): Seat | undefined => {
  const newestCustomer = (ofTenant: Seat[]) => ofTenant.findLast(({ reader }) => reader.role === 'customer')
  const byTenant = Map.groupBy(seats, ({ reader }) => reader.tenantId)
  const own = byTenant.get(tenantId) ?? []
  const [largest = []] = [...byTenant.values()].toSorted((a, b) => b.length - a.length)
  if (largest !== own && largest.length > own.length + 1) return newestCustomer(largest) ?? largest.at(-1)
  return role === 'customer' ? undefined : newestCustomer(own)
}
