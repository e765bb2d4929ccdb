import { readFile } from 'node:fs/promises'
import { parseJsonLines } from './json-lines.ts'
import { type Child, startChild } from './rig-process.ts'

/**
 * How a receiver misbehaves: it answers one byte a second, or never, or with 100 MB; it says 429 with `Retry-After`,
 * 410, or an address inside this machine; it closes the connection in the middle.
 */
export type HookRule = 'drips' | 'hangs' | 'huge' | 'busy' | 'gone' | 'redirects' | 'dies'

/** What the drill tells the receivers: the rule of each path, and how long one takes for a message, in milliseconds. */
export interface HookOrder {
  rules: Record<string, HookRule>
  takesMs: number
}

/** What the process of the receivers tells the drill. */
export interface HookMessage {
  port: number
}

/** A message that a receiver took. */
export interface HookLine {
  at: number
  path: string
  /** The `webhook-id`. */
  id: string
  type: string
  position: number
  subject: string
}

/** The receivers of a drill. Each path is one. */
export interface HookPeer {
  urlOf(path: string): string
  behave(rules: Record<string, HookRule>, takesMs?: number): void
  /** All messages that were taken, in the order in which they came. */
  lines(): Promise<HookLine[]>
  kill(): Promise<void>
  /** Starts them again after `kill`, at the same addresses. They are well. */
  restart(): Promise<void>
}

/** Starts receivers of webhooks. They write what they take to `file`. */
export const startHookPeer = async (file: string): Promise<HookPeer> => {
  const start = async (at: number): Promise<{ child: Child; port: number }> => {
    const child = startChild('./hook-process.ts', [file, String(at)])
    const port = await new Promise<number>((resolve, reject) => {
      child.process.once('message', (message: HookMessage) => resolve(message.port))
      child.ended.then(() => reject(new Error('the receivers ended')), reject)
    })
    return { child, port }
  }
  const first = await start(0)
  const { port } = first
  let { child } = first
  return {
    urlOf: (path) => `http://127.0.0.1:${port}${path}`,
    behave: (rules, takesMs = 0) => child.send({ rules, takesMs } satisfies HookOrder),
    lines: async () => parseJsonLines(await readFile(file, 'utf8')),
    kill: () => child.kill(),
    async restart() {
      child = (await start(port)).child
    },
  }
}
