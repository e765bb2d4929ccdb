import type { LinkKind } from '../../../contract/enums.ts'

/** A link as it is stored. */
export interface StoredLink {
  kind: LinkKind
  ticket_number: number
  other_number: number
}

/** A link that was set aside, with the final targets of its tickets. */
interface WantedLink extends StoredLink {
  ticket_target: number
  other_target: number
  /** It would make an open ticket the child of a closed one. */
  is_open_below_closed: boolean
}

/** The links that are there already, around those that may come back. */
export interface LinksAround {
  /** Each conversation with the conversation of a parent, by their final targets: those above and those below. */
  parents: [number, number][]
  /** Each conversation with how many links its tickets have. */
  counts: [number, number][]
  /** The tickets that have a parent. */
  children: number[]
}

/** The bounds of links: how many a conversation has, and how deep a hierarchy is. */
interface LinkLimits {
  links: number
  depth: number
}

type Neighbours = Map<number, Set<number>>

const addNeighbour = (of: Neighbours, number: number, neighbour: number): void => {
  of.set(number, (of.get(number) ?? new Set()).add(neighbour))
}

/**
 * How many levels a conversation and those above it (or below it) have, at most `limit`; infinite when `sought` is
 * among those above.
 */
const levelsFrom = (neighbours: Neighbours, from: number, limit: number, sought?: number): number => {
  let level = new Set([from])
  let levels = 0
  while (level.size > 0 && levels < limit) {
    if (sought !== undefined && level.has(sought)) return Number.POSITIVE_INFINITY
    levels += 1
    level = new Set([...level].flatMap((number) => [...(neighbours.get(number) ?? [])]))
  }
  return levels
}

/**
 * Which of the links can come back among those that are there: none that closes a circle of conversations, gives a
 * ticket a second parent, gives a closed ticket an open child, or passes a limit. The rules are those of a new link. A
 * link that comes back counts for those after it.
 */
export const linksThatFit = <L extends WantedLink>(wanted: L[], around: LinksAround, limits: LinkLimits): L[] => {
  const [above, below]: [Neighbours, Neighbours] = [new Map(), new Map()]
  const addParent = (child: number, parent: number): void => {
    addNeighbour(above, child, parent)
    addNeighbour(below, parent, child)
  }
  for (const [child, parent] of around.parents) addParent(child, parent)
  const counts = new Map(around.counts)
  const children = new Set(around.children)
  const countOf = (target: number): number => counts.get(target) ?? 0
  const isTooDeep = (child: number, parent: number): boolean =>
    levelsFrom(above, parent, limits.depth, child) + levelsFrom(below, child, limits.depth) > limits.depth
  const fits = ({ kind, ticket_number, ticket_target, other_target, ...link }: WantedLink): boolean => {
    if (countOf(ticket_target) >= limits.links || countOf(other_target) >= limits.links) return false
    if (kind !== 'parent') return true
    if (children.has(ticket_number)) return false
    return ticket_target === other_target || !(link.is_open_below_closed || isTooDeep(ticket_target, other_target))
  }
  return wanted.filter((link) => {
    if (!fits(link)) return false
    const { kind, ticket_number, ticket_target, other_target } = link
    if (kind === 'parent') {
      children.add(ticket_number)
      if (ticket_target !== other_target) addParent(ticket_target, other_target)
    }
    for (const target of [ticket_target, other_target]) counts.set(target, countOf(target) + 1)
    return true
  })
}
