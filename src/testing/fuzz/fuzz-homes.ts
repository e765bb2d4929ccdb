import { randomBytes } from 'node:crypto'
import { createWorld, type World } from '../support/people.ts'
import type { Desk } from '../support/workspace.ts'

/** A tenant that is fuzzed: its people, the values known of it, and the word that no other tenant may ever see. */
export interface Home {
  world: World
  canary: string
  /** The newest values of each kind. */
  known: Map<string, string[]>
}

/** How many values of a kind are known. */
const kept = 24
/** Remembers values of a kind, and forgets the oldest. */
export const remember = ({ known }: Home, kind: string, values: string[]): void => {
  known.set(kind, [...(known.get(kind) ?? []).filter((value) => !values.includes(value)), ...values].slice(-kept))
}

const harvested = [
  'customer_id',
  'technician_id',
  'account_id',
  'ticket_id',
  'email_id',
  'refresh_token',
  'next_cursor',
  'next',
]

/** Creates a tenant that is to be fuzzed. */
export const createHome = async (desk: Desk): Promise<Home> => ({
  world: await createWorld(desk),
  canary: `cn${randomBytes(10).toString('hex')}`,
  known: new Map(),
})

/** Remembers the ids and tokens in an answer. */
export const harvest = (home: Home, body: unknown): void => {
  if (Array.isArray(body)) for (const item of body) harvest(home, item)
  if (typeof body !== 'object' || body === null) return
  for (const [name, value] of Object.entries(body)) {
    if (typeof value === 'object') harvest(home, value)
    else if (harvested.includes(name)) remember(home, name, [String(value)])
  }
}
