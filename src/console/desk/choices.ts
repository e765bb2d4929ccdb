import { answerOf, api } from '../api/calls.ts'
import { fits } from '../lib/fold.ts'
import { findPeople } from '../lib/people-directory.ts'
import { priorities } from '../tickets/scales.ts'
import { words as ticketWords } from '../tickets/ticket.words.ts'
import type { Status, Ticket, TicketRights } from '../tickets/ticket-rights.ts'
import { words } from './questions.words.ts'

export interface Choice {
  id: string
  label: string
  hint?: string
}

const among = (choices: Choice[], typed: string): Choice[] => choices.filter(({ label }) => fits(label, typed))

/** The states that a ticket may have next, also by closing and reopening. */
export const statusChoices = (rights: TicketRights, typed: string): Choice[] => {
  const { status } = ticketWords()
  const hints = words().statusHints
  const next: Status[] = [...rights.statuses]
  if (rights.reopen) next.push('in_progress')
  if (rights.close) next.push('closed')
  return among(
    next.map((one) => ({ id: one, label: status[one], ...(one === 'new' ? {} : { hint: hints[one] }) })),
    typed,
  )
}

/** The priorities that a ticket does not have. */
export const priorityChoices = ({ priority }: Ticket, typed: string): Choice[] => {
  const names = ticketWords().priority
  return among(
    priorities.filter((one) => one !== priority).map((one) => ({ id: one, label: names[one] })),
    typed,
  )
}

/** The categories that technicians work on, and the words that were typed when they are none of them. */
export const categoryChoices = async ({ issue_category }: Ticket, typed: string): Promise<Choice[]> => {
  const w = words()
  const answer = await answerOf(api.GET('/categories', { params: { query: { limit: 100 } } }))
  const all = answer.ok ? answer.data.categories : []
  const found = all
    .filter(({ category }) => category.toLowerCase() !== issue_category.toLowerCase() && fits(category, typed))
    .map(({ category, technicians }) => ({ id: category, label: category, hint: w.ofTechnicians(technicians) }))
  const isKnown = all.some(({ category }) => category.toLowerCase() === typed.toLowerCase())
  return typed === '' || isKnown || typed.length > 60
    ? found
    : [...found, { id: typed, label: w.anotherCategory(typed), hint: w.ofTechnicians(0) }]
}

/** The tags in use that a ticket does not have, and a new one by the words that were typed. */
export const tagChoices = async ({ tags }: Ticket, typed: string): Promise<Choice[]> => {
  const w = words()
  const tag = typed.normalize('NFC').toLowerCase().replaceAll(/ +/g, ' ')
  const isTag = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._-]{0,49}$/u.test(tag)
  if (tag !== '' && !isTag) return []
  const query = { limit: 25, ...(tag === '' ? { sort: '-ticket_count' as const } : { q: tag }) }
  const answer = await answerOf(api.GET('/tags', { params: { query } }))
  const used = answer.ok ? answer.data.tags : []
  const found = used
    .filter((one) => !tags?.includes(one.tag))
    .map((one) => ({ id: one.tag, label: one.tag, hint: w.onTickets(one.ticket_count) }))
  const isNew = tag !== '' && !tags?.includes(tag) && !used.some((one) => one.tag === tag)
  return isNew ? [...found, { id: tag, label: w.newTag(tag) }] : found
}

/** The technicians who do not watch yet. Admins watch by themselves only, because their ids are sign-in names. */
export const watcherChoices = async (watching: readonly string[], typed: string): Promise<Choice[]> =>
  (await findPeople('technician', typed))
    .filter(({ account_id }) => !watching.includes(account_id))
    .map(({ account_id, name, category }) => ({ id: account_id, label: name, hint: category ?? '' }))
