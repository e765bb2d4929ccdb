import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import { AppError } from './errors.ts'

/** bcrypt on worker threads. Passwords are 8 to 72 bytes; a longer one must be refused before it comes here. */
export interface PasswordHasher {
  hash(password: string): Promise<string>
  /**
   * Whether the password belongs to the hash. A null hash (no such account, or no password yet) costs the same time and
   * is never right.
   */
  verify(password: string, hash: string | null): Promise<boolean>
  /** Whether the hash was made with a lower cost than is asked for now. */
  isOutdated(hash: string): boolean
  close(): Promise<void>
}

const costOf = (hash: string): number => Number(hash.split('$')[2])

/** @throws AppError `unavailable` from `hash` and `verify` when more than a few hundred are waiting. */
export const createPasswordHasher = (cost: number): PasswordHasher => {
  // One core stays with the event loop; the threads start with the first password and go after a minute without one.
  const threads = Math.max(1, availableParallelism() - 1)
  const piscina = new Piscina({
    filename: new URL('./passwords.worker.ts', import.meta.url).href,
    minThreads: 0,
    maxThreads: threads,
    maxQueue: 256,
    idleTimeout: 60_000,
    // On Linux a thread has a niceness of its own: a flood of sign-ins leaves the CPU to those who are signed in.
    niceIncrement: 10,
  })
  const run = async <T>(task: unknown): Promise<T> => {
    if (piscina.queueSize >= piscina.options.maxQueue) {
      throw new AppError('unavailable', { detail: 'Too many sign-ins at once.', headers: { 'Retry-After': '2' } })
    }
    return piscina.run(task)
  }
  const hash = (password: string): Promise<string> => run({ kind: 'hash', password, cost })
  // Made at the first need, whoever signs in, so that its making tells nothing.
  let nobodysHash: Promise<string> | undefined
  return {
    hash,
    async verify(password, known) {
      nobodysHash ??= hash('the password of nobody')
      const decoy = await nobodysHash
      const matches = await run<boolean>({ kind: 'compare', password, hash: known ?? decoy })
      return matches && known !== null
    },
    isOutdated: (known) => costOf(known) < cost,
    close: () => piscina.destroy(),
  }
}
