import type { Status } from '../../src/contract/enums.ts'
import type { TicketChange } from '../../src/modules/desk/tickets/tickets.schemas.ts'
import { conversationIn } from './conversation.ts'
import type { Creation, TimedDeed } from './deeds.ts'
import {
  admin,
  customers,
  type DemoCustomer,
  type DemoTechnician,
  formerTechnician,
  technicians,
} from './demo-people.ts'
import { addOfficeMinutes, creationTimes, daysBefore, nextFiveMinutes } from './office-hours.ts'
import { around, chance, createRandom, pick, type Random, shuffled } from './random.ts'
import { relationsIn } from './relations.ts'
import { repeating, repetition } from './repetition.ts'
import { type CategoryName, categories, fillIn } from './texts.ts'
import type { TicketPriority, TicketText } from './ticket-text.ts'

// The plan of what happened on the demo desk: who did what, and when. This file does not use the database.

const historyDays = 60

/** When the desk was opened: the admin came, then the technicians, then most of the customers. */
export const openingOf = (now: number): number => daysBefore(now, historyDays + 1)

/** Agnes is on leave since eight days ago. She has taken no new ticket for ten days before that. */
const onLeaveSinceDays = 8
const takesNothingSinceDays = 18

const responseMinutes = { urgent: 8, high: 35, normal: 110, low: 260 }
const workMinutes = { urgent: 50, high: 110, normal: 200, low: 240 }

/**
 * The status of some tickets, counted from the newest. It is the same on every day, so that the demo has each status.
 */
const examples: Record<number, Status> = {
  6: 'assigned',
  8: 'assigned',
  11: 'resolved',
  12: 'in_progress',
  14: 'resolved',
  15: 'waiting',
  16: 'resolved',
  17: 'assigned',
  18: 'in_progress',
  19: 'resolved',
  29: 'waiting',
}

/**
 * The status at which one of the newest tickets stops. Null for all others and for urgent tickets: they run their
 * course, as far as the time allows. `age` 0 is the newest ticket.
 */
const standsAt = (random: Random, age: number, priority: TicketPriority): Status | null => {
  const example = examples[age]
  if (example !== undefined) return example
  if (priority === 'urgent') return null
  const options: [Status, number][] = [
    ['new', (age < 5 ? 0.95 : age < 18 ? 0.6 : 0) * (priority === 'high' ? 0.4 : 1)],
    ['assigned', age < 26 ? 0.3 : 0],
    ['in_progress', age < 45 ? 0.2 : 0],
    ['waiting', age < 70 ? 0.1 : 0],
  ]
  return options.find(([, probability]) => chance(random, probability))?.[0] ?? null
}

/** Deals out the texts of a category in random order. When all are dealt out, it begins again. */
const textsOf = (random: Random) => {
  const decks: Partial<Record<CategoryName, TicketText[]>> = {}
  return (category: CategoryName): TicketText => {
    const deck = decks[category]?.length ? decks[category] : shuffled(random, categories[category].texts)
    decks[category] = deck
    const text = deck.pop()
    if (text === undefined) throw new Error(`${category} has no texts`)
    return fillIn(text, random)
  }
}

const names = Object.keys(categories) as CategoryName[]
const hundred = names.flatMap((name) => Array<CategoryName>(categories[name].share).fill(name))

const technicianFor = (random: Random, category: CategoryName, at: number, now: number): DemoTechnician =>
  pick(
    random,
    technicians.filter(
      (technician) =>
        technician.category === category && (technician.isAvailable || at < daysBefore(now, takesNothingSinceDays)),
    ),
  )

/** Why a technician hands a ticket on: an internal comment. */
const reasonsToHandOn = [
  'You had the same fault last week. I have told the customer nothing yet.',
  'I am at the other site from tomorrow on. What I tried so far is in the comments.',
]

interface Course {
  random: Random
  ticket: number
  age: number
  now: number
  autoCloseDays: number
  created: Creation
  category: CategoryName
}

/** Who gets the ticket and when: the admin assigns it, or a technician of the category takes it. */
const assignment = ({ random, ticket, now, created, category }: Course, at: number) => {
  const technician = technicianFor(random, category, at, now)
  const isMisfiled = created.category !== category
  const takesIt = !isMisfiled && chance(random, 0.3)
  const change: TicketChange = isMisfiled ? { issue_category: category } : {}
  if (takesIt && chance(random, 0.4)) change.status = 'in_progress'
  const by = takesIt ? technician.email : admin.email
  const deed: TimedDeed = { kind: 'change', ticket, by, change, technician: technician.email, at }
  return { deed, technician, isStarted: change.status !== undefined }
}

/** The job closes the ticket. */
const expiry = ({ ticket, autoCloseDays }: Course, resolvedAt: number): TimedDeed => {
  return { kind: 'expire', ticket, resolvedAt, at: nextFiveMinutes(daysBefore(resolvedAt, -autoCloseDays)) }
}

/**
 * What follows a resolution: the customer reopens the ticket, its customer or technician closes it, or the job does.
 */
const ending = (course: Course, by: string, resolvedAt: number): TimedDeed[] => {
  const { random, ticket, created } = course
  const { text, customer } = created
  const deeds: TimedDeed[] = []
  let last = resolvedAt
  const later = (minutes: number): number => {
    last = addOfficeMinutes(last, minutes)
    return last
  }
  if (text.again !== undefined && chance(random, 0.55)) {
    deeds.push({ kind: 'reopen', ticket, by: customer, at: later(around(random, 400)) })
    const change: TicketChange = { status: 'resolved', resolution_summary: text.again }
    deeds.push({ kind: 'change', ticket, by, change, at: later(around(random, 240)) })
  }
  const dice = random()
  const closedBy = dice < 0.22 ? customer : dice < 0.3 ? by : null
  if (closedBy === null) deeds.push(expiry(course, last))
  else deeds.push({ kind: 'close', ticket, by: closedBy, at: later(around(random, 500)) })
  return deeds
}

/** What happens to a ticket after its creation, without regard to whether that is in the future. */
const courseOf = (course: Course): TimedDeed[] => {
  const { random, ticket, created } = course
  const { text } = created
  const priority = text.priority ?? 'normal'
  const stop = standsAt(random, course.age, priority)
  if (stop === 'new') return []

  const assigned = assignment(course, addOfficeMinutes(created.at, 3 + around(random, responseMinutes[priority])))
  const deeds = [assigned.deed]
  if (stop === 'assigned' && !assigned.isStarted) return deeds

  let by = assigned.technician.email
  let last = assigned.deed.at
  const work = (minutes: number, change: TicketChange): void => {
    last = addOfficeMinutes(last, 1 + around(random, minutes))
    deeds.push({ kind: 'change', ticket, by, change, at: last })
  }
  if (!assigned.isStarted) work(responseMinutes[priority] / 2, { status: 'in_progress' })

  const colleagues = technicians.filter((other) => other.category === course.category && other.email !== by)
  const [colleague] = colleagues.filter((other) => other.isAvailable)
  if (colleague && chance(random, 0.1)) {
    last = addOfficeMinutes(last, around(random, 60))
    const handedOn = { technician: colleague.email, reason: pick(random, reasonsToHandOn) }
    deeds.push({ kind: 'change', ticket, by, change: {}, ...handedOn, at: last })
    by = colleague.email
  }
  if (priority === 'normal' && chance(random, 0.08)) {
    work(30, { priority: chance(random, 0.6) ? 'high' : 'low' })
  }
  if (stop === 'in_progress') return deeds
  if (stop === 'waiting' || chance(random, 0.22)) {
    work(workMinutes[priority] / 2, { status: 'waiting' })
    if (stop === 'waiting') return deeds
    work(700, { status: 'in_progress' })
  }
  work(workMinutes[priority], { status: 'resolved', resolution_summary: text.resolution })
  if (stop === 'resolved') return [...deeds, expiry(course, last)]
  return [...deeds, ...ending(course, by, last)]
}

const minuteMs = 60_000

/** When a customer came: after the technicians in the order of the list, or on a later day. */
const joinedAt = (now: number, customer: DemoCustomer): number =>
  customer.joinedDaysAgo === undefined
    ? openingOf(now) + (60 + customers.indexOf(customer) * 23) * minuteMs
    : addOfficeMinutes(daysBefore(now, customer.joinedDaysAgo), 40)

/** When people came, went on leave, and left. */
const comings = (now: number): TimedDeed[] => [
  ...technicians.map((technician, place): TimedDeed => {
    return { kind: 'employ', technician, at: openingOf(now) + (place + 1) * 7 * minuteMs }
  }),
  { kind: 'employ', technician: formerTechnician, at: openingOf(now) + (technicians.length + 1) * 7 * minuteMs },
  {
    kind: 'dismiss',
    by: admin.email,
    technician: formerTechnician.email,
    at: openingOf(now) + (technicians.length + 2) * 7 * minuteMs,
  },
  ...customers.map((customer): TimedDeed => ({ kind: 'join', customer, at: joinedAt(now, customer) })),
  ...technicians
    .filter(({ isAvailable }) => !isAvailable)
    .map(({ email }): TimedDeed => {
      return { kind: 'leave', by: email, at: addOfficeMinutes(daysBefore(now, onLeaveSinceDays), 25) }
    }),
]

/**
 * Plans all that happened between the opening of the desk and `now`, in the order of time: `ticketCount` tickets and
 * what became of them. The plan has the same shape in every run. Only the days differ.
 */
export const planHistory = (now: number, autoCloseDays: number, ticketCount: number): TimedDeed[] => {
  const times = creationTimes(createRandom(3), now, historyDays, ticketCount)
  const random = createRandom(4)
  const order = shuffled(random, [...hundred, ...hundred])
  const nextText = textsOf(random)
  const texts = order.map(nextText)
  const before: Creation[] = []
  const deeds = times.flatMap((at, index) => {
    const random = createRandom(7_000 + index)
    const category = order[index] ?? 'Software'
    const text = texts[index] ?? nextText(category)
    const here = customers.filter((customer) => joinedAt(now, customer) < at)
    const customer = pick(random, here)
    const isCalledIn = customer.isInvited || chance(random, 0.07)
    const first: Creation = {
      kind: 'create',
      ticket: index,
      by: isCalledIn ? admin.email : customer.email,
      customer: customer.email,
      category: !isCalledIn && chance(random, 0.06) ? pick(random, names) : category,
      text,
      at,
    }
    const age = ticketCount - 1 - index
    const earlier = age === repetition.age ? before[ticketCount - 1 - repetition.ofAge] : undefined
    const created = earlier === undefined ? first : repeating(earlier, first)
    before.push(created)
    const course = courseOf({ random, ticket: index, age, now, autoCloseDays, created, category })
    return [created, ...course, ...conversationIn(index, created.customer, course)]
  })
  const past = [...comings(now), ...deeds].filter(({ at }) => at < now)
  return [...past, ...relationsIn(past, now)].filter(({ at }) => at < now).sort((a, b) => a.at - b.at)
}
