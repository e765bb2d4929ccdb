import type { Worker } from 'node:cluster'
import type { Registry } from 'prom-client'
import type { ToChild, ToPrimary } from './messages.ts'
import { once, type Places } from './places.ts'

/** How long committed events are collected before the primary is told. */
const collectMs = 2
/** How long the primary may take to answer. */
const answerMs = 3_000

/** The connection of a child to the primary. */
export interface Primary {
  /** Tells the primary that events were committed, at most once in a few milliseconds. */
  nudge(): void
  /** Asks for a successor. When the successor listens, the primary tells this process to stop. */
  askToStop(): void
  /** The metrics of all processes. */
  readMetrics(): Promise<string>
  /** Sends the last reading of this process. */
  sendReading(): Promise<void>
  /** The places that the primary counts for all processes. */
  places: Places
}

/** What a child gives to its connection. */
export interface PrimaryOptions {
  metrics: Registry
  onStop: () => void
  /** Called when the primary has ended for any reason. */
  onLost: () => void
}

/** Opens the connection in the child. */
export const connectToPrimary = (self: Worker, { metrics, onStop, onLost }: PrimaryOptions): Primary => {
  const pages = new Map<number, (page: string) => void>()
  const wanted = new Map<number, (isTaken: boolean) => void>()
  let lastId = 0
  let isCollecting = false

  const say = (message: ToPrimary): void => void self.send(message, () => {})
  const sendReading = async (): Promise<void> => say({ kind: 'reading', reading: await metrics.getMetricsAsJSON() })

  const giveBack = (key: string): void => say({ kind: 'place given back', key })
  /** Asks the primary something, and waits for the answer with the same number. */
  const ask = <T>(answers: Map<number, (answer: T) => void>, question: (id: number) => ToPrimary): Promise<T> => {
    lastId += 1
    const id = lastId
    let timer: NodeJS.Timeout
    const answer = new Promise<T>((resolve, reject) => {
      answers.set(id, resolve)
      timer = setTimeout(() => reject(new Error('the primary does not answer')), answerMs)
      say(question(id))
    })
    return answer.finally(() => {
      clearTimeout(timer)
      answers.delete(id)
    })
  }

  self.on('message', (message: ToChild) => {
    if (message.kind === 'stop') onStop()
    else if (message.kind === 'reading wanted') void sendReading()
    else if (message.kind === 'page') pages.get(message.id)?.(message.page)
    else if (message.kind === 'place') {
      const settle = wanted.get(message.id)
      if (settle !== undefined) settle(message.isTaken)
      else if (message.isTaken) giveBack(message.key)
    }
  })
  // Ignored, because `onLost` is called when a message cannot be sent any more.
  self.on('error', () => {})
  self.on('disconnect', () => {
    // Without this, Node ends this process in the middle of its requests.
    self.exitedAfterDisconnect = true
    onLost()
  })
  return {
    nudge() {
      if (isCollecting) return
      isCollecting = true
      setTimeout(() => {
        isCollecting = false
        say({ kind: 'events committed' })
      }, collectMs)
    },
    askToStop: () => say({ kind: 'asked to stop' }),
    readMetrics: () => ask(pages, (id) => ({ kind: 'page wanted', id })),
    sendReading,
    places: {
      async take(key, atMost) {
        const isTaken = await ask(wanted, (id) => ({ kind: 'place wanted', id, key, atMost }))
        return isTaken ? once(() => giveBack(key)) : null
      },
    },
  }
}
