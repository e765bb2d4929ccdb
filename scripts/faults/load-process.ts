// The load, in a process of its own, so that other work does not disturb its measurements. drill-load.ts starts it and
// sends the order. Clients create tickets. Each request has its own subject and Idempotency-Key, and is sent again
// under the same key until it has a final answer. After `stop` each client finishes its request.
import { randomUUID } from 'node:crypto'
import { openSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LoadOrder } from './drill-load.ts'
import { type Answered, type Sent, subjectPrefix } from './ledger.ts'

let isStopping = false
let giveUpAt = Number.POSITIVE_INFINITY
const description = 'The network in room 12 has been away since this morning; the printer there too. '.repeat(3)

/** Whether the client sends a request again: it got no answer, or an answer that is not final. */
const isToBeRetried = (status: number): boolean => status === 0 || status === 409 || status === 429 || status >= 500

const causeOf = (error: unknown): string => {
  const { cause, name, message } = error as {
    cause?: { code?: string; message?: string }
    name: string
    message: string
  }
  return cause?.code ?? cause?.message ?? (name === 'TimeoutError' ? name : message)
}

type Outcome = Pick<Answered, 'status' | 'code' | 'ticket'>

const send = async (url: string, token: string, key: string, subject: string, timeoutMs: number): Promise<Outcome> => {
  try {
    const response = await fetch(`${url}/api/tickets`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'idempotency-key': key },
      body: JSON.stringify({ subject, issue_category: 'Network', issue_description: description }),
      signal: AbortSignal.timeout(timeoutMs),
    })
    const body = (await response.json()) as { ticket_id?: string; code?: string }
    return { status: response.status, code: body.code ?? '', ticket: body.ticket_id ?? null }
  } catch (error) {
    return { status: 0, code: causeOf(error), ticket: null }
  }
}

const work = async (order: LoadOrder, number: number): Promise<void> => {
  const { urls, callers, perSecond, clients } = order
  const caller = callers[number % callers.length]
  if (caller === undefined) throw new Error('the load has no caller')
  const ledger = openSync(order.ledger, 'a')
  const write = (line: Sent | Answered): void => void writeSync(ledger, `${JSON.stringify(line)}\n`)
  const pauseMs = (1_000 * clients) / perSecond
  let due = performance.now() + (pauseMs * number) / clients
  let turn = number
  while (!isStopping) {
    await sleep(Math.max(0, due - performance.now()))
    due = Math.max(due + pauseMs, performance.now())
    if (isStopping) return
    const key = randomUUID()
    const subject = `${subjectPrefix}${key}`
    for (let attempt = 1; Date.now() < giveUpAt; attempt += 1) {
      const about = { tenant: caller.tenant, key, attempt }
      write({ kind: 'sent', at: Date.now(), subject, ...about })
      const begin = performance.now()
      const url = urls[turn % urls.length] ?? ''
      turn += 1
      const outcome = await send(url, caller.token, key, subject, order.timeoutMs)
      write({ kind: 'answered', at: Date.now(), ms: performance.now() - begin, ...about, ...outcome })
      if (!isToBeRetried(outcome.status)) break
      await sleep(Math.min(50 * 2 ** attempt, 500) * (0.5 + Math.random()))
    }
  }
}

process.once('message', (order: LoadOrder) => {
  process.on('message', (word) => {
    if (word !== 'stop') return
    isStopping = true
    giveUpAt = Date.now() + order.patienceMs
  })
  Promise.all(Array.from({ length: order.clients }, (_, number) => work(order, number))).then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
process.on('disconnect', () => process.exit(1))
