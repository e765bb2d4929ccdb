import { startChild } from './rig-process.ts'

/** A customer of a tenant, signed in, who sends requests. */
export interface Caller {
  tenant: string
  token: string
}

/** What the load process has to do. Each client always sends as the same caller. */
export interface LoadOrder {
  /** The programs. A client sends its requests to them in turn. */
  urls: string[]
  callers: Caller[]
  clients: number
  /**
   * Requests per second of all clients together; fewer when answers are slow, because each client waits for its answer.
   */
  perSecond: number
  /** How long a client waits for an answer. */
  timeoutMs: number
  /** How long clients try to get a final answer after `stop`. */
  patienceMs: number
  /** The file that the ledger is written to. */
  ledger: string
}

/** A load that runs until it is stopped. */
export interface Load {
  /** Sends no new request, and waits until each request has its final answer, or `patienceMs` is over. */
  stop(): Promise<void>
  kill(): Promise<void>
}

/** Starts a load. */
export const startLoad = (order: LoadOrder): Load => {
  const child = startChild('./load-process.ts')
  child.send(order)
  return {
    async stop() {
      if (child.process.connected) child.send('stop')
      const code = await child.ended
      if (code !== 0) throw new Error(`the load process ended with exit code ${code}`)
    },
    kill: child.kill,
  }
}
