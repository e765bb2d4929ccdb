import cluster, { type Worker } from 'node:cluster'
import type { Log } from '../log.ts'
import type { ToChild, ToPrimary } from './messages.ts'

/** How long a successor may take until it listens. Without a successor no process leaves. */
const successorMs = 30_000
/** A process that lived for less than this died too early. The next start then waits, longer each time. */
const shortLifeMs = 10_000
const firstDelayMs = 100
const longestDelayMs = 5_000
/** How long after its grace period a process that does not end is killed. */
const killAfterMs = 2_000

/** The child processes, and what the primary does with their messages. */
export interface SupervisorOptions {
  /** The entry file of a child. */
  file: string
  count: number
  environment: Record<string, string>
  log: Log
  onMessage: (child: Worker, message: ToPrimary) => void
  onGone: (child: Worker) => void
}

/** Keeps `count` child processes alive. They share their sockets, so all of them listen on the same port. */
export interface Supervisor {
  children(): Worker[]
  /** Waits until all children listen. Answers with their port. @throws Error when a child ends before it listens. */
  listening(): Promise<number>
  /** Starts a successor of a child, and stops the child when the successor listens or has failed. */
  replace(child: Worker): Promise<void>
  /** Replaces all children in turn. Stops at the first that cannot be replaced; the others go on. */
  restart(): Promise<void>
  /** Tells all children to stop and waits. Kills those that still run two seconds after `graceMs`. */
  stop(graceMs: number): Promise<void>
}

/** Sends a message. It is lost when the child has ended. */
export const tell = (child: Worker, message: ToChild): void => void child.send(message, () => {})

/** Whether the child listens before it ends, and before the deadline if there is one. */
const listens = (child: Worker, withinMs?: number): Promise<boolean> =>
  new Promise((resolve) => {
    const timer = withinMs === undefined ? undefined : setTimeout(resolve, withinMs, false)
    const settle = (isListening: boolean) => () => {
      clearTimeout(timer)
      resolve(isListening)
    }
    child.once('listening', settle(true)).once('exit', settle(false))
  })

const ended = (child: Worker): Promise<void> =>
  new Promise((resolve) => {
    if (child.isDead()) resolve()
    else child.once('exit', () => resolve())
  })

/** Starts the children. */
export const supervise = (options: SupervisorOptions): Supervisor => {
  const { file, count, environment, log, onMessage, onGone } = options
  const children = new Set<Worker>()
  /** Children that stop or are about to stop. They do not count, and are not replaced when they end. */
  const leaving = new Set<Worker>()
  let isStopping = false
  let delayMs = 0
  let restarting: Promise<void> | undefined

  // Advanced serialization also carries numbers that JSON cannot write, such as NaN.
  cluster.setupPrimary({ exec: file, serialization: 'advanced' })

  const fork = (): Worker => {
    const child = cluster.fork(environment)
    const startedAt = performance.now()
    children.add(child)
    child.on('message', (message: ToPrimary) => onMessage(child, message))
    child.on('error', (error) => log.error({ error, process: child.process.pid }, 'a web process cannot be reached'))
    child.once('listening', () => log.info({ process: child.process.pid }, 'a web process listens'))
    child.once('exit', (code, signal) => {
      children.delete(child)
      onGone(child)
      if (leaving.delete(child) || isStopping) return
      const isShortLife = performance.now() - startedAt < shortLifeMs
      delayMs = isShortLife ? Math.min(longestDelayMs, Math.max(firstDelayMs, delayMs * 2)) : 0
      log.error({ process: child.process.pid, code, signal, delay_ms: delayMs }, 'a web process died; starting another')
      setTimeout(fill, delayMs)
    })
    return child
  }
  const fill = (): void => {
    while (!isStopping && children.size - leaving.size < count) fork()
  }

  const replace = async (child: Worker, isWanted: boolean): Promise<boolean> => {
    if (isStopping) return false
    if (leaving.has(child) || !children.has(child)) return true
    leaving.add(child)
    const other = fork()
    const isReplaced = await listens(other, successorMs)
    if (isStopping) return false
    if (!isReplaced) {
      if (children.has(other)) {
        leaving.add(other)
        other.process.kill('SIGKILL')
      }
      log.error({ process: child.process.pid }, 'a web process could not be replaced')
    }
    if (isReplaced || isWanted) {
      tell(child, { kind: 'stop' })
      await ended(child)
    }
    leaving.delete(child)
    fill()
    return isReplaced
  }
  const replaceAll = async (): Promise<void> => {
    log.info('restarting the web processes, one after the other')
    for (const child of [...children]) if (!(await replace(child, false))) return
    log.info('the web processes have been restarted')
  }

  fill()
  return {
    children: () => [...children],
    async listening() {
      let port = 0
      for (const child of children) child.once('listening', (address) => (port = address.port))
      const all = await Promise.all([...children].map((child) => listens(child)))
      if (!isStopping && all.includes(false)) throw new Error('a web process ended before it listened')
      return port
    },
    async replace(child) {
      await replace(child, true)
    },
    restart() {
      restarting ??= replaceAll().finally(() => {
        restarting = undefined
      })
      return restarting
    },
    async stop(graceMs) {
      isStopping = true
      for (const child of children) tell(child, { kind: 'stop' })
      const timer = setTimeout(() => {
        for (const child of children) child.process.kill('SIGKILL')
      }, graceMs + killAfterMs)
      await Promise.all([...children].map(ended))
      clearTimeout(timer)
    },
  }
}
