import { startChild } from './rig-process.ts'

/** Who sends: a customer of a tenant, signed in. */
export interface Caller {
  tenant: string
  token: string
}

/** What the load process is told to do. Client n is always the same caller. */
export interface LoadOrder {
  /** Programs that are asked in turn. */
  urls: string[]
  callers: Caller[]
  clients: number
  /** Requests in all; less when answers are slow, since a client waits for its own. */
  perSecond: number
  /** How long a client waits for an answer before it counts as none. */
  timeoutMs: number
  /** How long after `stop` clients try to get a final answer. */
  patienceMs: number
  ledger: string
}

/** Load that runs until it is stopped. */
export interface Load {
  /** No new request; waits until every one that was sent has its final answer, or patience is over. */
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
      if (code !== 0) throw new Error(`the load ended with ${code}`)
    },
    kill: child.kill,
  }
}
