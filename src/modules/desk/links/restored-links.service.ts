import type { Tx } from '../../../platform/db/sql.ts'
import { stepsAtMost } from './hierarchy.service.ts'
import { depthAtMost, linksAtMost } from './links.schemas.ts'
import { linksThatFit } from './links-that-fit.ts'
import { type AsideLink, findLinksAround, listLinksAside, moveLinksBack } from './restored-links.queries.ts'

/** What became of the links of restored tickets, beside those that came back. */
export interface LinksLeft {
  /** They cannot come back any more. */
  lost: AsideLink[]
  /** They come back with their other ticket, which is deleted, too. */
  waiting: AsideLink[]
}

/**
 * Puts the links of restored tickets back that can come back. Both tickets of each link are locked, and so is the
 * hierarchy.
 */
export const restoreLinks = async (tx: Tx, tenantId: number, numbers: number[]): Promise<LinksLeft> => {
  const aside = await listLinksAside(tx, tenantId, numbers)
  if (aside.length === 0) return { lost: [], waiting: [] }
  const ready = aside.filter(({ is_waiting }) => !is_waiting)
  const around = await findLinksAround(tx, tenantId, ready, stepsAtMost)
  const restored = linksThatFit(ready, around, { links: linksAtMost, depth: depthAtMost })
  const lost = aside.filter((link) => link.is_lost || (!link.is_waiting && !restored.includes(link)))
  await moveLinksBack(tx, tenantId, restored, lost)
  return { lost, waiting: aside.filter((link) => link.is_waiting && !link.is_lost) }
}
