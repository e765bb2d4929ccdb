import type { components } from '../api/types.ts'
import { type Priority, priorities, type Status, shapeOf } from '../tickets/scales.ts'
import type { IconName } from '../ui/icon-names.ts'
import type { ChangeWords, Who } from './changes.words.ts'

export type HistoryEntry = components['schemas']['HistoryEntry']

/** One thing that changed: a sentence, its sign, and a text that people wrote about it. */
export interface ChangeLine {
  icon: IconName
  sentence: string
  quote: string | null
}

/** The words of states and priorities, and whose page it is. */
export interface LineReader {
  words: ChangeWords
  status: Record<Status, string>
  priority: Record<Priority, string>
  myId: string
}

type Change = { from: unknown; to: unknown }
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** What a sentence of one kind of event needs: who, the changes and details, and names for ids. */
interface Told {
  who: Who
  w: ChangeWords
  changes: Record<string, Change | undefined>
  details: Record<string, unknown>
  name: (id: unknown) => string
  reader: LineReader
  actorId: string | null
}

const line = (icon: IconName, sentence: string, quote: unknown = null): ChangeLine[] => [
  { icon, sentence, quote: typeof quote === 'string' && quote.trim() !== '' ? quote : null },
]

const stateIcon = (status: string): IconName => `state-${shapeOf(status as Status)}`

const assigned = ({ who, w, changes, name, actorId }: Told): ChangeLine[] => {
  const { from, to } = changes.technician_id ?? { from: null, to: null }
  if (to !== null && to === actorId) return line('user', w.took(who))
  return line('user', from === null ? w.assigned(who, name(to)) : w.handedOn(who, name(from), name(to)))
}

const unassigned = ({ who, w, changes, name, actorId }: Told): ChangeLine[] => {
  const from = changes.technician_id?.from
  return line('user', from === actorId ? w.gaveBack(who) : w.unassigned(who, name(from)))
}

const statusChanged = ({ who, w, changes, reader }: Told): ChangeLine[] => {
  const [from, to] = [text(changes.status?.from), text(changes.status?.to)]
  const wordOf = (status: string): string => reader.status[status as Status] ?? status
  return line(stateIcon(to), w.status(who, wordOf(from), wordOf(to)))
}

const updated = ({ who, w, changes, reader }: Told): ChangeLine[] => {
  const lines: ChangeLine[] = []
  const { priority, issue_category: category, subject, issue_description, resolution_summary } = changes
  if (priority) {
    const [from, to] = [text(priority.from), text(priority.to)]
    const wordOf = (level: string): string => reader.priority[level as Priority] ?? level
    const isUp = priorities.indexOf(to as Priority) < priorities.indexOf(from as Priority)
    lines.push(...line('flag', (isUp ? w.priorityUp : w.priorityDown)(who, wordOf(from), wordOf(to))))
  }
  if (category) lines.push(...line('inbox', w.category(who, text(category.from), text(category.to))))
  if (subject) lines.push(...line('pen', w.subject(who, text(subject.to))))
  if (issue_description) lines.push(...line('pen', w.description(who)))
  if (resolution_summary) lines.push(...line('pen', w.summary(who), resolution_summary.to))
  return lines
}

/** What went back: the comment that went away, and each member that has its value of before. */
const undone = ({ who, w, changes, details }: Told): ChangeLine[] => {
  const comment = details.comment_id === undefined ? [] : [details.visibility === 'internal' ? 'note' : 'reply']
  const names = [...comment, ...Object.keys(changes)].filter((name) => name in w.things)
  const things = names.map((name) => w.things[name as keyof ChangeWords['things']])
  return line('undo', things.length === 0 ? w.undone(who) : w.undoneThings(who, things))
}

const watcher = (told: Told, isAdded: boolean): ChangeLine[] => {
  const { who, w, details, name, actorId } = told
  const whom = details.account_id
  if (whom === actorId) return line('eye', isAdded ? w.watches(who) : w.watchesNoMore(who))
  return line('eye', isAdded ? w.watcherAdded(who, name(whom)) : w.watcherRemoved(who, name(whom)))
}

const fileAdded = ({ who, w, details }: Told): ChangeLine[] => {
  const sentence = details.visibility === 'internal' ? w.internalFileAdded : w.fileAdded
  return line('clip', sentence(who, text(details.file_name)))
}

/** The sentences of each type of event. Comments stand in the conversation themselves, so nothing is said of them. */
const sentences: Record<string, (told: Told) => ChangeLine[]> = {
  'comment.added': () => [],
  'comment.edited': () => [],
  'ticket.created': ({ who, w, details }) => {
    const source = (w.source as Record<string, string>)[text(details.source)] ?? text(details.source)
    return line('plus', source === '' ? w.created(who) : w.createdBy(who, source))
  },
  'ticket.assigned': assigned,
  'ticket.unassigned': unassigned,
  'ticket.status_changed': statusChanged,
  'ticket.resolved': ({ who, w, changes, details }) =>
    line('state-resolved', w.resolved(who), changes.resolution_summary?.to ?? details.resolution_summary),
  'ticket.reopened': ({ who, w, details }) => line('state-progress', w.reopened(who), details.reason),
  'ticket.closed': ({ who, w, details }) => line('state-closed', w.closed(who), details.reason),
  'ticket.updated': updated,
  'ticket.change_undone': undone,
  'ticket.merged': ({ who, w, changes }) => line('link', w.merged(who, text(changes.merged_into?.to))),
  'ticket.unmerged': ({ who, w }) => line('link', w.unmerged(who)),
  'ticket.absorbed': ({ who, w, details }) => line('link', w.absorbed(who, text(details.ticket_id))),
  'ticket.released': ({ who, w, details }) => line('link', w.released(who, text(details.ticket_id))),
  'ticket.moved': ({ who, w, changes, name }) =>
    line('person', w.moved(who, name(changes.customer_id?.from), name(changes.customer_id?.to))),
  'ticket.deleted': ({ who, w }) => line('x', w.deleted(who)),
  'ticket.restored': ({ who, w }) => line('undo', w.restored(who)),
  'ticket.order_cancelled': ({ w, details }) => line('x', w.orderCancelled(text(details.order_id))),
  'ticket.order_expired': ({ w, details }) => line('clock', w.orderExpired(text(details.order_id))),
  'ticket.files_removed': ({ who, w }) => line('file', w.filesRemoved(who)),
  'ticket.tagged': ({ who, w, details }) => line('flag', w.tagged(who, text(details.tag))),
  'ticket.untagged': ({ who, w, details }) => line('flag', w.untagged(who, text(details.tag))),
  'ticket.linked': ({ who, w, details }) => line('link', w.linked(who, text(details.ticket_id))),
  'ticket.unlinked': ({ who, w, details }) => line('link', w.unlinked(who, text(details.ticket_id))),
  'ticket.watcher_added': (told) => watcher(told, true),
  'ticket.watcher_removed': (told) => watcher(told, false),
  'comment.deleted': ({ who, w, details }) =>
    line('x', details.visibility === 'internal' ? w.noteDeleted(who) : w.replyDeleted(who)),
  'attachment.added': fileAdded,
  'attachment.deleted': ({ who, w, details }) => line('clip', w.fileDeleted(who, text(details.file_name))),
}

/** What an entry of the history says, in sentences; nothing for what the conversation shows itself. */
export const linesOf = (entry: HistoryEntry, reader: LineReader): ChangeLine[] => {
  const { words: w, myId } = reader
  const { actor } = entry
  const who = { name: actor?.name ?? w.system, isMe: actor?.id === myId }
  const name = (id: unknown): string => {
    if (id === null || id === undefined) return w.nobody
    return (entry.names as Record<string, string>)[text(id)] ?? (text(id) || w.gone)
  }
  const told: Told = {
    who,
    w,
    changes: entry.changes as Told['changes'],
    details: entry.details as Told['details'],
    name,
    reader,
    actorId: actor?.id ?? null,
  }
  return (sentences[entry.type] ?? (() => line('more', w.other(who))))(told)
}
