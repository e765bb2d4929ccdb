import { newKey } from '../api/calls.ts'
import type { components } from '../api/types.ts'
import { placeOf } from '../lib/kept-texts.ts'
import { keepTyped, readTyped } from '../lib/stored.ts'

type NewTicket = components['schemas']['CreateTicket']

/**
 * What somebody has typed to raise a ticket. `other`: the category in their own words, when `category` is
 * `otherChoice`.
 */
export interface RaiseForm {
  subject: string
  category: string
  other: string
  priority: components['schemas']['Priority']
  description: string
  fileNames: string[]
}

/** The choice of a category that is not in the list. No category of the API begins with a space. */
export const otherChoice = ' '

const blank: RaiseForm = { subject: '', category: '', other: '', priority: 'normal', description: '', fileNames: [] }

const place = (followUpOf: string | null): string => placeOf('raise', followUpOf ?? '')

/** What was typed before, in this browser and by this person. */
export const keptForm = (followUpOf: string | null): RaiseForm => {
  const kept = readTyped(place(followUpOf))
  return { ...blank, ...(kept as Partial<RaiseForm> | null) }
}

/** Whether something was typed that is worth keeping. */
export const hasContent = ({ subject, category, other, description, fileNames }: RaiseForm): boolean =>
  subject + category + other + description !== '' || fileNames.length > 0

/** Keeps what is typed, so that a reload, a sign-out or a closed tab loses nothing; null forgets it. */
export const keepForm = (followUpOf: string | null, form: RaiseForm | null): void =>
  keepTyped(place(followUpOf), form !== null && hasContent(form) ? form : null)

/** The ticket as the API takes it. */
export const ticketOf = (form: RaiseForm, followUpOf: string | null): NewTicket => ({
  issue_category: (form.category === otherChoice ? form.other : form.category).trim(),
  issue_description: form.description,
  priority: form.priority,
  ...(form.subject.trim() === '' ? {} : { subject: form.subject.trim() }),
  ...(followUpOf === null ? {} : { follow_up_of: followUpOf }),
})

/** The fields that the person has still to fill in. */
export const missingIn = ({
  issue_category,
  issue_description,
}: NewTicket): ('issue_category' | 'issue_description')[] => [
  ...(issue_category === '' ? (['issue_category'] as const) : []),
  ...(issue_description.trim() === '' ? (['issue_description'] as const) : []),
]

/**
 * The key of this ticket: the same until an answer came, for the same content. So a double click, a lost answer and a
 * reload make one ticket.
 */
export const keyOf = (ticket: NewTicket): string => {
  const name = placeOf('raise-key')
  const text = JSON.stringify(ticket)
  try {
    const kept = JSON.parse(sessionStorage.getItem(name) ?? 'null')
    if (kept?.text === text) return kept.key
  } catch {
    // What is kept is of no use. A new key is made.
  }
  const key = newKey()
  try {
    sessionStorage.setItem(name, JSON.stringify({ key, text }))
  } catch {
    // Without storage a reload begins anew.
  }
  return key
}

export const forgetKey = (): void => {
  try {
    sessionStorage.removeItem(placeOf('raise-key'))
  } catch {
    // There was none.
  }
}
