import type { DraftKind } from '../../src/contract/enums.ts'
import { writeDraft } from '../../src/modules/desk/drafts/drafts.service.ts'
import { addLink } from '../../src/modules/desk/links/links.service.ts'
import { deleteTicket } from '../../src/modules/desk/ticket-changes/delete-ticket.service.ts'
import { mergeTicket } from '../../src/modules/desk/ticket-changes/merge-tickets.service.ts'
import { restoreTicket } from '../../src/modules/desk/ticket-changes/restore-ticket.service.ts'
import { addTag } from '../../src/modules/desk/ticket-changes/tag-ticket.service.ts'
import { addWatcher } from '../../src/modules/desk/tickets/watchers.service.ts'
import type { Act, User } from '../../src/modules/identity/accounts/actor.ts'
import type { App } from '../../src/platform/app-context.ts'
import type { Creation, Relation, TimedDeed } from './deeds.ts'
import { admin, technicians } from './demo-people.ts'
import { chance, createRandom, pick } from './random.ts'
import type { CategoryName } from './texts.ts'

// How the tickets of the demo are related: tags, links, watchers, and a merge. One is deleted by mistake and restored.

const tags: Record<CategoryName, string[]> = {
  Network: ['wifi', 'vpn', 'switch cabinet', 'second floor'],
  Hardware: ['spare part ordered', 'warranty', 'docking station'],
  Software: ['known bug', 'update', 'licence'],
  Accounts: ['password', 'new starter', 'permissions'],
}

const secondMs = 1_000

const isOpen = (deeds: TimedDeed[], ticket: number): boolean =>
  !deeds.some((deed) => (deed.kind === 'close' || deed.kind === 'expire') && deed.ticket === ticket)

const lastOf = (deeds: TimedDeed[], ticket: number): number =>
  Math.max(...deeds.map((deed) => ('ticket' in deed && deed.ticket === ticket ? deed.at : 0)))

const technicianOf = (deeds: TimedDeed[], ticket: number): string | undefined =>
  deeds.flatMap((deed) => (deed.kind === 'change' && deed.ticket === ticket ? (deed.technician ?? []) : [])).at(-1)

/**
 * Merges a ticket that repeats an earlier one into that one, while both are open. Two technicians have them, and a
 * third watches one: the mails of the merge go to all.
 */
const merger = (deeds: TimedDeed[], created: Creation[], now: number): (TimedDeed & Relation)[] => {
  const [again] = created.filter(({ repeats }) => repeats !== undefined)
  if (again?.repeats === undefined) return []
  const { ticket, repeats: into } = again
  const at = lastOf(deeds, ticket) + 40 * secondMs
  if (!isOpen(deeds, ticket) || !isOpen(deeds, into) || at >= now) return []
  const concerned = [technicianOf(deeds, ticket), technicianOf(deeds, into)]
  const watcher = technicians.find(({ email }) => !concerned.includes(email))?.email ?? admin.email
  const by = admin.email
  return [
    { kind: 'watch', ticket, by, watcher, at: at - 10 * secondMs },
    { kind: 'merge', ticket, by, into, at },
  ]
}

/** Whether a deed is about a ticket, or names it. */
const isAbout = (deed: TimedDeed, place: number): boolean =>
  ('ticket' in deed && deed.ticket === place) ||
  (deed.kind === 'link' && deed.other === place) ||
  (deed.kind === 'merge' && deed.into === place)

/** Deletes an open ticket by mistake, and restores it half a minute later. Nobody does anything to it meanwhile. */
const mistake = (deeds: TimedDeed[], created: Creation[], now: number): (TimedDeed & Relation)[] => {
  for (const { ticket } of created.filter(({ ticket: place }) => isOpen(deeds, place)).toReversed()) {
    const about = deeds.filter((deed) => isAbout(deed, ticket))
    const from = Math.max(...about.map(({ at }) => at)) + 50 * secondMs
    const isMerged = about.some(({ kind }) => kind === 'merge')
    if (isMerged || from + 60 * secondMs >= now) continue
    return [
      { kind: 'delete', ticket, by: admin.email, at: from },
      { kind: 'restore', ticket, by: admin.email, at: from + 30 * secondMs },
    ]
  }
  return []
}

/** Plans tags, links, watchers, a merge and a restored ticket for a history of `deeds`. All of them are allowed. */
export const relationsIn = (deeds: TimedDeed[], now: number): TimedDeed[] => {
  const random = createRandom(5)
  const created = deeds.filter((deed) => deed.kind === 'create')
  const relations = created.flatMap((deed, place): (TimedDeed & Relation)[] => {
    const { ticket, category, at } = deed
    const by = admin.email
    const of: (TimedDeed & Relation)[] = []
    if (chance(random, 0.4)) of.push({ kind: 'tag', ticket, by, tag: pick(random, tags[category]), at: at + secondMs })
    if (chance(random, 0.05)) of.push({ kind: 'tag', ticket, by, tag: 'vip', at: at + 2 * secondMs })
    if (chance(random, 0.08)) {
      const watcher = chance(random, 0.5) ? admin.email : pick(random, technicians).email
      of.push({ kind: 'watch', ticket, by, watcher, at: at + 3 * secondMs })
    }
    const before = created.slice(0, place).filter((other) => other.category === category)
    if (before.length > 0 && chance(random, 0.06)) {
      const as = chance(random, 0.7) ? 'related' : 'duplicate'
      of.push({ kind: 'link', ticket, by, as, other: pick(random, before).ticket, at: at + 4 * secondMs })
    }
    return of
  })
  // The parent is an open ticket, because a parent cannot close before its children.
  const [parent, ...children] = created.filter(({ ticket }) => isOpen(deeds, ticket))
  const below = children.slice(0, 3).map(({ ticket, at }): TimedDeed & Relation => {
    return { kind: 'link', ticket, by: admin.email, as: 'parent', other: parent?.ticket ?? 0, at: at + 5 * secondMs }
  })
  const planned = [...relations, ...below, ...merger(deeds, created, now)]
  return [...planned, ...mistake([...deeds, ...planned], created, now)]
}

/**
 * Carries out a deed. `idOf` answers with the id of the ticket at a place, `accountOf` with the account of an address.
 */
export const relate = async (
  app: App,
  act: Act<User>,
  deed: Relation,
  idOf: (place: number) => string,
  accountOf: (email: string) => string,
): Promise<void> => {
  const ticketId = idOf(deed.ticket)
  switch (deed.kind) {
    case 'tag':
      await addTag(app, act, ticketId, deed.tag)
      return
    case 'watch':
      await addWatcher(app, act, ticketId, accountOf(deed.watcher))
      return
    case 'link':
      await addLink(app, act, { ticketId, kind: deed.as, otherTicketId: idOf(deed.other) })
      return
    case 'merge':
      await mergeTicket(app, act, ticketId, idOf(deed.into))
      return
    case 'delete':
      await deleteTicket(app, act, ticketId)
      return
    case 'restore':
      await restoreTicket(app, act, ticketId)
  }
}

/** Somebody has begun to write on a ticket, and has not sent it yet. */
export const beginDrafts = async (app: App, actor: User, ticketId: string): Promise<void> => {
  const write = (kind: DraftKind, body: string) =>
    writeDraft(app, { actor, requestId: null, receipt: null }, { ticketId, kind }, { body, ifMatch: null })
  await write('reply', 'Thank you for your patience. We are ')
  await write('note', 'Has anybody looked at the cables?')
}
