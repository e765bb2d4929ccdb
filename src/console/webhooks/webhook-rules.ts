import type { EventType } from '../../contract/events.ts'
import type { components, webhooks } from '../api/types.ts'
import { eventNames } from '../lib/event-names.ts'

export type Webhook = components['schemas']['Webhook']
export type Delivery = components['schemas']['WebhookDelivery']
export type Attempt = components['schemas']['DeliveryAttempt']

/** From so many failures in a row on, only the oldest event is tried. */
export const probedFrom = 5

/** How a webhook fares, as a person sees it. */
export type Health = 'off' | 'failing' | 'well' | 'quiet'

/** How a webhook fares. `quiet`: nothing has been sent to it yet. */
export const healthOf = ({
  state,
  failures,
  last_success_at: last,
}: Pick<Webhook, 'state' | 'failures' | 'last_success_at'>): Health => {
  if (state === 'disabled') return 'off'
  if (failures > 0) return 'failing'
  return last === null ? 'quiet' : 'well'
}

/** No webhook is told of what was taken back. */
const neverPosted: Exclude<EventType, keyof webhooks> = 'ticket.change_undone'

/** The types of events that a person chooses from. */
export const postedTypes = Object.keys(eventNames.en).filter((type) => type !== neverPosted)

/** The groups of types that a person chooses from, with the beginnings of their types. The rest is a group, too. */
const beginnings = {
  tickets: ['ticket'],
  comments: ['comment'],
  files: ['attachment'],
  people: ['account', 'admin', 'customer', 'registration', 'technician'],
  signIn: ['password', 'second_factor', 'session', 'sign_in'],
} as const
export const groups = ['tickets', 'comments', 'files', 'people', 'signIn', 'rest'] as const
export type Group = (typeof groups)[number]

const beginningOf = (type: string): string => type.split('.', 1)[0] ?? type

/** The group of a type of event, or of a pattern such as `ticket.*`. */
export const groupOf = (type: string): Group =>
  groups.find((group) => group !== 'rest' && beginnings[group].some((one) => one === beginningOf(type))) ?? 'rest'

/** The patterns that mean all of these types, such as `ticket.*`. */
const patternsOf = (types: readonly string[]): string[] => [...new Set(types.map((type) => `${beginningOf(type)}.*`))]

const fits = (type: string, pattern: string): boolean =>
  pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern

/** Whether a type is among the chosen ones, by itself or by a pattern. */
export const isChosen = (chosen: readonly string[], type: string): boolean =>
  chosen.some((pattern) => fits(type, pattern))

/** Whether all types of a group are chosen by patterns, so that also those of later versions are. */
export const isWhole = (chosen: readonly string[], types: readonly string[]): boolean =>
  patternsOf(types).every((pattern) => chosen.includes(pattern))

/** Chooses a whole group, or gives it up. */
export const toggleGroup = (chosen: readonly string[], types: readonly string[]): string[] => {
  const patterns = patternsOf(types)
  const others = chosen.filter((one) => !patterns.includes(one) && !patterns.some((pattern) => fits(one, pattern)))
  return isWhole(chosen, types) ? others : [...others, ...patterns]
}

/** Chooses a type, or gives it up. Of a pattern that has it, the other types stay. `types`: those that there are. */
export const toggleType = (chosen: readonly string[], type: string, types: readonly string[]): string[] => {
  if (!isChosen(chosen, type)) return [...chosen, type]
  const wide = chosen.filter((pattern) => pattern !== type && fits(type, pattern))
  const others = types.filter((one) => one !== type && isChosen(wide, one))
  return [...new Set([...chosen.filter((one) => one !== type && !wide.includes(one)), ...others])]
}

/** The members of a webhook that a form changes. */
const formMembers = ['url', 'description', 'types', 'includes_internal', 'is_ordered'] as const
export type Member = (typeof formMembers)[number]
export type Values = Pick<Webhook, Member>

export const valuesOf = ({ url, description, types, includes_internal, is_ordered }: Values): Values => ({
  url,
  description,
  types,
  includes_internal,
  is_ordered,
})

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** The members that differ. */
export const differing = (before: Values, after: Values): Member[] =>
  formMembers.filter((name) => !same(before[name], after[name]))

/**
 * Joins what was typed with what somebody else saved meanwhile: what only they changed stands; what both changed, and
 * otherwise, is for the person to decide.
 */
export const joinValues = (read: Values, typed: Values, now: Values): { joined: Values; both: Member[] } => {
  const mine = differing(read, typed)
  const both = mine.filter((name) => !same(read[name], now[name]) && !same(typed[name], now[name]))
  const joined = { ...now, ...Object.fromEntries(mine.map((name) => [name, typed[name]])) }
  return { joined, both }
}

/** A time that a person typed without a zone, in the zone of the browser, as the API takes it; null for none. */
export const momentOf = (typed: string): string | null => {
  const at = new Date(typed)
  return typed === '' || Number.isNaN(at.getTime()) ? null : at.toISOString()
}

/** A moment for a field of the browser, in its zone, to the minute. */
export const forField = (moment: string): string => {
  const at = new Date(moment)
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
