import type { App } from '../../../platform/app-context.ts'
import { type Anchor, findBrokenAnchors, listTenants, type Stretch, walkChain } from './chain.queries.ts'
import type { Break, Verification, VerifyRange } from './chain.schemas.ts'

/**
 * How many events one statement walks. It stays well within the statement timeout and holds its snapshot only briefly.
 */
const stretchLength = 5_000
const defaultCount = 100_000

/**
 * The break at the end of the chain, if there is one: the last event is compared with the tenant's head of the same
 * snapshot.
 */
const breakAtEnd = (stretch: Stretch, last: number): Break | null => {
  const { head_position: head, head_hash: hash, last_hash: lastHash } = stretch
  if (head > last) return { position: last + 1, event_id: null, reason: 'missing' }
  if (head < last) return { position: head + 1, event_id: null, reason: 'head' }
  return hash === lastHash ? null : { position: last, event_id: null, reason: 'head' }
}

const breakIn = (stretch: Stretch, after: number, isEnd: boolean): Break | null => {
  // A walk that begins past the end finds nothing, and that is no break.
  if (!stretch.has_start) {
    return after > stretch.head_position ? null : { position: after, event_id: null, reason: 'missing' }
  }
  const { broken_position: position, broken_event_id, reason } = stretch
  if (position !== null && reason !== null) return { position, event_id: broken_event_id, reason }
  return isEnd ? breakAtEnd(stretch, stretch.last_position ?? after) : null
}

/**
 * Walks a tenant's chain from a position on, `count` events at most, and names the first break. A chain that was forged
 * as a whole passes: only a hash that was noted elsewhere reveals it, see `checkAnchors`.
 */
export const verifyChain = async (
  app: App,
  tenantId: number,
  { from = 1, count = defaultCount }: VerifyRange,
): Promise<Verification> => {
  let [after, verified, erased] = [from - 1, 0, 0]
  for (;;) {
    const length = Math.min(stretchLength, count - verified)
    const stretch = await walkChain(app.pool, tenantId, after, length)
    const isEnd = stretch.walked < length
    verified += stretch.verified
    erased += stretch.erased
    const found = breakIn(stretch, after, isEnd)
    after = stretch.last_position ?? after
    if (found === null && !isEnd && verified < count) continue
    const isComplete = found === null && isEnd
    return {
      verified,
      erased,
      first_position: verified > 0 ? from : null,
      last_position: verified > 0 ? after : null,
      last_hash: stretch.last_hash,
      head_position: stretch.head_position,
      head_hash: stretch.head_hash,
      complete: isComplete,
      next: found === null && !isComplete ? after + 1 : null,
      break: found,
    }
  }
}

/** Verifies the whole chain of each tenant, one tenant after the other, ordered by slug. */
export async function* verifyAllChains(app: App): AsyncGenerator<{ tenant: string } & Verification> {
  for (const { tenant_id: tenantId, slug } of await listTenants(app.pool)) {
    yield { tenant: slug, ...(await verifyChain(app, tenantId, { count: Number.MAX_SAFE_INTEGER })) }
  }
}

/** The hashes noted elsewhere that differ from the hashes of their events, or whose events are missing. */
export const checkAnchors = (app: App, anchors: Anchor[]): Promise<Anchor[]> => findBrokenAnchors(app.pool, anchors)
