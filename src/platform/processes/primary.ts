import type { Worker } from 'node:cluster'
import type { Registry } from 'prom-client'
import type { ToChild, ToPrimary } from './messages.ts'

const newsMs = 2
const pageMs = 3_000

/** A child's line to the primary. */
export interface Primary {
  /** Tells it that news was committed; at most once in a few milliseconds. */
  nudge(): void
  /** Asks for a successor; what then comes is the order to stop. */
  askToStop(): void
  /** The metrics of all processes. */
  readMetrics(): Promise<string>
  /** Sends the last reading of this process. */
  sendReading(): Promise<void>
}

export interface PrimaryOptions {
  metrics: Registry
  onStop: () => void
  /** The primary has ended, however it did. */
  onLost: () => void
}

/** Opens it, in the child. */
export const connectToPrimary = (self: Worker, { metrics, onStop, onLost }: PrimaryOptions): Primary => {
  const pages = new Map<number, (page: string) => void>()
  let lastId = 0
  let hasNews = false

  const say = (message: ToPrimary): void => void self.send(message, () => {})
  const sendReading = async (): Promise<void> => say({ kind: 'reading', reading: await metrics.getMetricsAsJSON() })

  self.on('message', (message: ToChild) => {
    if (message.kind === 'stop') onStop()
    else if (message.kind === 'reading wanted') void sendReading()
    else if (message.kind === 'page') pages.get(message.id)?.(message.page)
  })
  // What can no longer be sent needs no answer: `onLost` comes too.
  self.on('error', () => {})
  self.on('disconnect', () => {
    // Node would end this process in the middle of its requests.
    self.exitedAfterDisconnect = true
    onLost()
  })
  return {
    nudge() {
      if (hasNews) return
      hasNews = true
      setTimeout(() => {
        hasNews = false
        say({ kind: 'news' })
      }, newsMs)
    },
    askToStop: () => say({ kind: 'asked to stop' }),
    readMetrics() {
      lastId += 1
      const id = lastId
      const page = new Promise<string>((resolve, reject) => {
        pages.set(id, resolve)
        setTimeout(() => reject(new Error('the primary does not answer')), pageMs)
        say({ kind: 'page wanted', id })
      })
      return page.finally(() => pages.delete(id))
    },
    sendReading,
  }
}
