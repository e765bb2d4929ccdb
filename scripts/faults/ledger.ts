import { readFile } from 'node:fs/promises'
import { parseJsonLines } from './json-lines.ts'

/** The subject of each ticket that the load creates begins with this. A drill begins its own tickets in another way. */
export const subjectPrefix = 'Fault drill '

/** A request of the load. The line is written before the request is sent. */
export interface Sent {
  kind: 'sent'
  /** Milliseconds since 1970, as all times here. */
  at: number
  tenant: string
  key: string
  subject: string
  attempt: number
}

/** The answer to a request, or its absence. */
export interface Answered {
  kind: 'answered'
  at: number
  tenant: string
  key: string
  attempt: number
  ms: number
  /** 0: no answer came. `code` says why. */
  status: number
  code: string
  /** The id of the ticket, when the status is 201. */
  ticket: string | null
}

/** When a fault began and ended, in milliseconds since 1970. */
export interface FaultSpan {
  from: number
  to: number
}

/** Reads the ledger of a drill, in the order in which it was written. */
export const readLedger = async (file: string): Promise<(Sent | Answered)[]> => {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  return parseJsonLines(text)
}

/** The answers of a ledger. */
export const answersOf = (lines: (Sent | Answered)[]): Answered[] => lines.filter((line) => line.kind === 'answered')

/** Seconds after a fault until the first 201, and until no request failed any more. */
export interface Recovery {
  first: number
  steady: number
}

/**
 * The slowest recovery after any of the faults; null when there was no fault, or no 201 after one. The recovery from a
 * fault is looked for until the next fault begins.
 */
export const recoveryOf = (answers: Answered[], faults: FaultSpan[]): Recovery | null => {
  const recoveries = faults.flatMap(({ to }, index) => {
    const until = faults[index + 1]?.from ?? Number.POSITIVE_INFINITY
    const after = answers.filter(({ at }) => at >= to && at < until)
    const first = after.find(({ status }) => status === 201)
    if (first === undefined) return []
    const lastFailure = after.findLast(({ status }) => status !== 201)
    const steady = after.find(({ at, status }) => status === 201 && at > (lastFailure?.at ?? 0)) ?? first
    return [{ first: (first.at - to) / 1_000, steady: (steady.at - to) / 1_000 }]
  })
  if (recoveries.length === 0) return null
  return {
    first: Math.max(...recoveries.map(({ first }) => first)),
    steady: Math.max(...recoveries.map(({ steady }) => steady)),
  }
}
