import type { Tx } from '../../../platform/db/sql.ts'
import { AppError } from '../../../platform/errors.ts'
import type { Actor } from '../../identity/accounts/actor.ts'
import { countLinks, findLevels, findWayUp, type Levels, lockTenantHierarchy } from './hierarchy.queries.ts'
import { depthAtMost, linksAtMost } from './links.schemas.ts'

/** How many steps a search for circles makes. */
export const stepsAtMost = 1_000

/**
 * Locks the hierarchy of a tenant until the transaction ends: its links and its merges. Two links between four
 * different tickets can close a circle together, so locking the tickets of a link is not enough. The hierarchy is
 * locked before any ticket. Otherwise two transactions could wait for each other: one for the hierarchy, the other for
 * a ticket.
 */
export const lockHierarchy = (tx: Tx, tenantId: number): Promise<void> => lockTenantHierarchy(tx, tenantId)

/**
 * Searches for a way up from a ticket to another, or back to itself; both are final targets.
 * @returns null when there is none; else the first ticket on the way, or undefined when the actor does not see it.
 * @throws AppError `too_many_links` when the hierarchy is too large to be searched.
 */
const wayUp = async (tx: Tx, actor: Actor, fromId: string, toId: string): Promise<string | undefined | null> => {
  const { is_found, via, count } = await findWayUp(tx, actor, fromId, toId, stepsAtMost)
  if (is_found) return via ?? undefined
  if (count < stepsAtMost) return null
  throw new AppError('too_many_links', { detail: `More than ${stepsAtMost} tickets are above ${fromId}.` })
}

/** Whether a ticket is above another; both are final targets. @throws AppError `too_many_links`. */
export const isAbove = async (tx: Tx, actor: Actor, aboveId: string, belowId: string): Promise<boolean> =>
  (await wayUp(tx, actor, belowId, aboveId)) !== null

/**
 * Refuses what a transaction has made of a final target when the ticket is now above itself, because neither the ticket
 * nor the tickets between could ever be closed. Names the ticket in between, if the actor sees it.
 * @throws AppError `parent_circle`, `too_many_links`.
 */
export const refuseParentCircle = async (tx: Tx, actor: Actor, ticketId: string): Promise<void> => {
  const via = await wayUp(tx, actor, ticketId, ticketId)
  if (via === null) return
  const [between, errors] =
    via === undefined
      ? ['another ticket', []]
      : [via, [{ field: via, message: 'is both above and below', code: 'between' }]]
  throw new AppError('parent_circle', {
    detail: `${between} would be both a parent and a child of ${ticketId}. Remove one of the two links first.`,
    errors,
  })
}

/** Refuses a merge after which a conversation has too many links. @throws AppError `too_many_links`. */
export const refuseTooManyLinks = async (tx: Tx, tenantId: number, ticketId: string): Promise<void> => {
  if ((await countLinks(tx, tenantId, ticketId)) <= linksAtMost) return
  throw new AppError('too_many_links', { detail: `The tickets of a conversation have at most ${linksAtMost} links.` })
}

/** The levels above and below a final target: enough of them to know whether the hierarchy is too deep. */
const levelsOf = (tx: Tx, tenantId: number, ticketId: string): Promise<Levels> =>
  findLevels(tx, tenantId, ticketId, { depth: depthAtMost + 1, limit: stepsAtMost })

const tooDeep = (): AppError =>
  new AppError('too_many_links', { detail: `A hierarchy of parents and children has at most ${depthAtMost} levels.` })

/** How many levels the hierarchy has that goes through a final target. */
export const depthThrough = async (tx: Tx, tenantId: number, ticketId: string): Promise<number> => {
  const { above, below } = await levelsOf(tx, tenantId, ticketId)
  return above + below - 1
}

/** Refuses a merge that made the hierarchy of its target too deep. @throws AppError `too_many_links`. */
export const refuseTooDeep = async (tx: Tx, tenantId: number, ticketId: string, before: number): Promise<void> => {
  if ((await depthThrough(tx, tenantId, ticketId)) > Math.max(before, depthAtMost)) throw tooDeep()
}

/**
 * Refuses a new parent that would make a hierarchy too deep; both are final targets. @throws AppError `too_many_links`.
 */
export const refuseTooDeepChild = async (
  tx: Tx,
  tenantId: number,
  childId: string,
  parentId: string,
): Promise<void> => {
  const { above } = await levelsOf(tx, tenantId, parentId)
  const { below } = await levelsOf(tx, tenantId, childId)
  if (above + below > depthAtMost) throw tooDeep()
}
