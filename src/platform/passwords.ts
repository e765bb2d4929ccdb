import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import { AppError } from './errors.ts'

/** bcrypt on worker threads. A password that is set must have at most 72 bytes: see `contract/credentials.ts`. */
export interface PasswordHasher {
  hash(password: string): Promise<string>
  /**
   * Whether the password belongs to the hash. With a null hash (no such account, or no password yet) the answer is false
   * and takes the same time. So does a password that bcrypt would compare only in part: one of more than 72 bytes, or
   * with a NUL.
   */
  verify(password: string, hash: string | null): Promise<boolean>
  /** Whether the hash has a lower cost than the settings ask for now. */
  isOutdated(hash: string): boolean
  close(): Promise<void>
}

/** bcrypt compares only the first 72 bytes, and stops at a NUL. */
const isComparable = (password: string): boolean => Buffer.byteLength(password) <= 72 && !password.includes('\0')

const costOf = (hash: string): number => Number(hash.split('$')[2])

/** Makes the hasher. `hash` and `verify` throw AppError `unavailable` when 256 passwords are waiting. */
export const createPasswordHasher = (cost: number): PasswordHasher => {
  // One core is left to the event loop. The threads start with the first password and end after a minute without one.
  const threads = Math.max(1, availableParallelism() - 1)
  const piscina = new Piscina({
    filename: new URL('./passwords.worker.ts', import.meta.url).href,
    minThreads: 0,
    maxThreads: threads,
    maxQueue: 256,
    idleTimeout: 60_000,
    // On Linux each thread has its own niceness, so a flood of sign-ins does not slow down other requests.
    niceIncrement: 10,
  })
  const run = async <T>(task: unknown): Promise<T> => {
    if (piscina.queueSize >= piscina.options.maxQueue) {
      throw new AppError('unavailable', { detail: 'Too many sign-ins at once.', headers: { 'Retry-After': '2' } })
    }
    return piscina.run(task)
  }
  const hash = (password: string): Promise<string> => run({ kind: 'hash', password, cost })
  // Made at the first sign-in of any account, so that the time it takes does not tell whether an account exists.
  let decoyHash: Promise<string> | undefined
  return {
    hash,
    async verify(password, known) {
      decoyHash ??= hash('the password of nobody')
      const decoy = await decoyHash
      const comparable = isComparable(password) ? known : null
      const matches = await run<boolean>({ kind: 'compare', password, hash: comparable ?? decoy })
      return matches && comparable !== null
    },
    isOutdated: (known) => costOf(known) < cost,
    close: () => piscina.destroy(),
  }
}
