import { answerOf, api } from '../api/calls.ts'
import { fits } from '../lib/fold.ts'
import { findPeople } from '../lib/people-directory.ts'
import { reader } from '../lib/reader.svelte.ts'
import { dayOf } from '../lib/time.ts'
import type { FilterName, Query } from '../tickets/queue-query.ts'
import { openStatuses, priorities, statuses } from '../tickets/scales.ts'
import { words as ticketWords } from '../tickets/ticket.words.ts'
import { nameOf, rememberName } from './filter-names.svelte.ts'
import { words } from './queue.words.ts'

/** What a filter may be set to. */
export interface FilterChoice {
  id: string
  label: string
  hint?: string
  group: string
  name: FilterName
  value: string
}

let categories: Promise<string[]> | undefined

const readCategories = async (): Promise<string[]> => {
  const answer = await answerOf(api.GET('/categories'))
  if (!answer.ok) categories = undefined
  return answer.ok ? answer.data.categories.map(({ category }) => category) : []
}

const choice = (name: FilterName, value: string, label: string, hint?: string): FilterChoice => ({
  id: `${name} ${value}`,
  label,
  group: words().group[name],
  name,
  value,
  ...(hint === undefined ? {} : { hint }),
})

const tagsLike = async (typed: string): Promise<FilterChoice[]> => {
  if (typed === '') return []
  const answer = await answerOf(api.GET('/tags', { params: { query: { q: typed, limit: 5 } } }))
  return answer.ok ? answer.data.tags.map(({ tag, ticket_count }) => choice('tag', tag, tag, `${ticket_count}`)) : []
}

const peopleLike = async (name: 'technician' | 'customer', typed: string, atMost: number): Promise<FilterChoice[]> => {
  const people = (await findPeople(name, typed)).slice(0, atMost)
  for (const person of people) rememberName(person.account_id, person.name)
  return people.map((person) => choice(name, person.account_id, person.name, person.account_id))
}

/** What is there without asking the program. */
const fixed = (query: Query, role: string | null): FilterChoice[] => {
  const [w, t] = [words(), ticketWords()]
  const hasOwner = query.view === 'watching' || query.view === 'all'
  return [
    choice('status', 'any', w.anyStatus),
    ...statuses.map((status) => choice('status', status, t.status[status])),
    ...priorities.map((priority) => choice('priority', priority, t.priority[priority])),
    choice('has', 'failed_mail', w.failedMail),
    ...(role === 'admin' ? [choice('deleted', 'true', w.deletedOnes)] : []),
    ...(hasOwner ? [choice('technician', 'none', w.nobody)] : []),
    ...(hasOwner && role === 'technician' ? [choice('technician', 'me', w.me)] : []),
  ]
}

/** The filters that fit what somebody typed. */
export const findFilters = async (typed: string, query: Query, role: string | null): Promise<FilterChoice[]> => {
  categories ??= readCategories()
  const hasOwner = query.view === 'watching' || query.view === 'all'
  const [known, technicians, customers, tags] = await Promise.all([
    categories,
    hasOwner ? peopleLike('technician', typed, typed === '' ? 12 : 5) : [],
    typed === '' ? [] : peopleLike('customer', typed, 5),
    tagsLike(typed),
  ])
  const own = fixed(query, role).filter(({ label, group }) => fits(`${group} ${label}`, typed))
  const ofCategories = known.map((category) => choice('category', category, category))
  const found = [
    ...own,
    ...ofCategories.filter(({ label, group }) => fits(`${group} ${label}`, typed)),
    ...technicians,
    ...customers,
    ...tags,
  ]
  const order: FilterName[] = ['status', 'priority', 'category', 'technician', 'customer', 'tag', 'has', 'deleted']
  return order.flatMap((name) => found.filter((one) => one.name === name))
}

/** Whether a list is filtered by a choice now. */
export const isChosen = (address: URLSearchParams, { name, value }: FilterChoice): boolean =>
  (address.get(name) ?? '').split(',').includes(value)

/** The address with a choice, or without one that it has. States and priorities may be several. */
export const toggled = (address: URLSearchParams, one: FilterChoice): Record<string, string | null> => {
  const { name, value } = one
  const isList = (name === 'status' && value !== 'any') || name === 'priority'
  if (isChosen(address, one)) {
    const rest = (address.get(name) ?? '').split(',').filter((part) => part !== value)
    return { [name]: rest.join(',') || null }
  }
  const present = (address.get(name) ?? '').split(',').filter((part) => part !== '' && part !== 'any')
  return { [name]: isList ? [...present, value].join(',') : value }
}

const dayText = (text: string): string =>
  /^\d{4}-\d\d-\d\d$/.test(text) ? dayOf(`${text}T12:00:00Z`, Date.now(), { ...reader(), zone: 'UTC' }) : text

/** How the mark of a filter reads: `Urgent, High`. */
export const filterText = (name: FilterName, address: URLSearchParams): string => {
  const [w, t] = [words(), ticketWords()]
  const value = address.get(name) ?? ''
  const each = (texts: Record<string, string>): string =>
    value
      .split(',')
      .map((one) => texts[one] ?? one)
      .join(', ')
  switch (name) {
    case 'status':
      if (value === openStatuses.join(',')) return w.openOnly
      return value === 'any' ? w.anyStatus : each(t.status)
    case 'priority':
      return each(t.priority)
    case 'technician':
      return value === 'me' ? w.me : value === 'none' ? w.nobody : nameOf(value)
    case 'customer':
      return nameOf(value)
    case 'has':
      return w.failedMail
    case 'deleted':
      return w.deletedOnes
    default: {
      const end = name.endsWith('_from') ? address.get(name.replace('_from', '_to')) : null
      return end === null || end === value ? dayText(value) : `${dayText(value)} – ${dayText(end)}`
    }
  }
}
