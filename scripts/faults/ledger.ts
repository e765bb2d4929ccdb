import { readFile } from 'node:fs/promises'

/** What the subjects of all tickets begin with that the load raises; a drill that raises others begins them otherwise. */
export const subjectPrefix = 'Fault drill '

/** What the load sent, written before it was sent. */
export interface Sent {
  kind: 'sent'
  /** Milliseconds since 1970, as all times here. */
  at: number
  tenant: string
  key: string
  subject: string
  attempt: number
}

/** What came of it. */
export interface Answered {
  kind: 'answered'
  at: number
  tenant: string
  key: string
  attempt: number
  ms: number
  /** 0: no answer, `code` says why. */
  status: number
  code: string
  /** The number of the ticket, of a 201. */
  ticket: string | null
}

/** From the beginning of a fault to its end. */
export interface FaultSpan {
  from: number
  to: number
}

/** Reads the ledger of a drill, in the order it was written. */
export const readLedger = async (file: string): Promise<(Sent | Answered)[]> => {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Sent | Answered => JSON.parse(line))
}

/** The answers of a ledger. */
export const answersOf = (lines: (Sent | Answered)[]): Answered[] => lines.filter((line) => line.kind === 'answered')

/** A percentile of milliseconds; 0 of none. */
export const percentile = (numbers: number[], share: number): number =>
  numbers.toSorted((a, b) => a - b)[Math.ceil(numbers.length * share) - 1] ?? 0

/** How long it took after a fault, in seconds: until the first 201, and until no request failed any more. */
export interface Recovery {
  first: number
  steady: number
}

/**
 * The slowest recovery of all faults, or null without one. Each is looked at until the next one begins. The last failure
 * that counts is that of a request sent after the fault had ended, or during it.
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
