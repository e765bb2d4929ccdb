import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'

const membersOf = (schema: z.ZodType | undefined): string[] =>
  schema instanceof z.ZodObject ? Object.keys(schema.shape) : []

/**
 * Splits the body of a change: what its schema takes, and what the caller sends back of the answer that they have read
 * and cannot change. So a client may read a thing, change a member, and send the whole of it. The handler compares what
 * is sent back with what is there.
 */
export const splitEchoes = (
  { body: taken, echoes }: Endpoint,
  body: unknown,
): { body: unknown; echoed: Record<string, unknown> } => {
  if (echoes === undefined || typeof body !== 'object' || body === null || Array.isArray(body)) {
    return { body, echoed: {} }
  }
  const changeable = new Set(membersOf(taken))
  const readOnly = new Set(membersOf(echoes).filter((member) => !changeable.has(member)))
  const entries = Object.entries(body)
  return {
    body: Object.fromEntries(entries.filter(([member]) => !readOnly.has(member))),
    echoed: Object.fromEntries(entries.filter(([member]) => readOnly.has(member))),
  }
}
