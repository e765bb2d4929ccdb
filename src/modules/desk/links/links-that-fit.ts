import type { LinkKind } from '../../../contract/enums.ts'

/** A link as it is stored. */
export interface StoredLink {
  kind: LinkKind
  ticket_number: number
  other_number: number
}

/** The links around tickets, as pairs of numbers. */
export interface LinksAround {
  /** Each ticket with its parent. */
  parents: [number, number][]
  /** Each duplicate with its original. */
  duplicates: [number, number][]
  /** Each ticket with how many links it has. */
  counts: [number, number][]
}

/** The bounds of links: how many a ticket has, and how deep a hierarchy is. */
interface LinkLimits {
  links: number
  depth: number
}

/** The numbers of a ticket's parents, from the nearest on, at most `depth`. */
const lineAbove = (parents: Map<number, number>, number: number, depth: number): number[] => {
  const line: number[] = []
  let next = parents.get(number)
  while (next !== undefined && line.length < depth) {
    line.push(next)
    next = parents.get(next)
  }
  return line
}

/**
 * Which of the links can come back among those that are there: none that closes a circle, gives a ticket a second
 * parent, or passes a limit. The rules are those of a new link. A link that comes back counts for those after it.
 */
export const linksThatFit = <L extends StoredLink>(wanted: L[], around: LinksAround, limits: LinkLimits): L[] => {
  const parents = new Map(around.parents)
  const counts = new Map(around.counts)
  const duplicates = new Set(around.duplicates.map(String))
  const countOf = (number: number): number => counts.get(number) ?? 0
  const fits = ({ kind, ticket_number: ticket, other_number: other }: StoredLink): boolean => {
    if (countOf(ticket) >= limits.links || countOf(other) >= limits.links) return false
    if (kind === 'duplicate') return !duplicates.has(String([other, ticket]))
    if (kind !== 'parent') return true
    const above = lineAbove(parents, other, limits.depth)
    return !parents.has(ticket) && !above.includes(ticket) && above.length + 1 < limits.depth
  }
  return wanted.filter((link) => {
    const { kind, ticket_number: ticket, other_number: other } = link
    if (!fits(link)) return false
    if (kind === 'parent') parents.set(ticket, other)
    if (kind === 'duplicate') duplicates.add(String([ticket, other]))
    for (const number of [ticket, other]) counts.set(number, countOf(number) + 1)
    return true
  })
}
