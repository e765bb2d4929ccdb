import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import { opaqueForm } from '../contract/credentials.ts'
import { createLanes } from './caller-lanes.ts'
import { workingFor } from './db/connection-turns.ts'
import { AppError } from './errors.ts'

/** What a typed password is: `outdated` is right, and the hash is to be renewed. */
type Verdict = 'wrong' | 'right' | 'outdated'

/**
 * bcrypt on worker threads. Passwords are hashed in their form: see `contract/credentials.ts`. A password that is set
 * must have at most 72 bytes in it.
 */
export interface PasswordHasher {
  hash(password: string): Promise<string>
  /**
   * Whether the password belongs to the hash. With a null hash (no such account, or no password yet) the answer is
   * `wrong` and takes the same time. So does a password that bcrypt would compare only in part: one of more than 72
   * bytes, or with a NUL.
   *
   * Hashes of earlier versions were made of the password as it was typed. So when that differs from its form, both are
   * compared, whatever the hash is. `outdated`: only what was typed fits, or the cost of the hash is lower than the
   * settings ask for now.
   */
  examine(password: string, hash: string | null): Promise<Verdict>
  /** Whether the password belongs to the hash, as `examine` says. */
  verify(password: string, hash: string | null): Promise<boolean>
  close(): Promise<void>
}

/** bcrypt compares only the first 72 bytes, and stops at a NUL. */
const isComparable = (password: string): boolean => Buffer.byteLength(password) <= 72 && !password.includes('\0')

const costOf = (hash: string): number => Number(hash.split('$')[2])

/** How many passwords may wait: of all callers for a thread, and of one caller in its lane. */
const mostWaiting = 256

const tooManyWait = (): AppError =>
  new AppError('unavailable', { detail: 'Too many sign-ins at once.', headers: { 'Retry-After': '2' } })

/**
 * Makes the hasher. A caller, such as an address that guesses, gives the threads no more passwords at once than there
 * are threads, so others wait for a few of them at most. `hash`, `examine` and `verify` throw AppError `unavailable`
 * when 256 passwords are waiting.
 */
export const createPasswordHasher = (cost: number): PasswordHasher => {
  // One core is left to the event loop. The threads start with the first password and end after a minute without one.
  const threads = Math.max(1, availableParallelism() - 1)
  const piscina = new Piscina({
    filename: new URL('./passwords.worker.ts', import.meta.url).href,
    minThreads: 0,
    maxThreads: threads,
    maxQueue: mostWaiting,
    idleTimeout: 60_000,
    // On Linux each thread has its own niceness, so a flood of sign-ins does not slow down other requests.
    niceIncrement: 10,
  })
  const inLane = createLanes({ atOnce: threads, waiting: mostWaiting, refusal: tooManyWait })
  const runNow = async <T>(task: unknown): Promise<T> => {
    if (piscina.queueSize >= piscina.options.maxQueue) throw tooManyWait()
    return piscina.run(task)
  }
  const run = <T>(task: unknown): Promise<T> => inLane(workingFor(), () => runNow<T>(task))
  const hash = (password: string): Promise<string> => run({ kind: 'hash', password: opaqueForm(password), cost })
  // Made at the first sign-in of any account, so that the time it takes does not tell whether an account exists.
  let decoyHash: Promise<string> | undefined
  const compare = async (password: string, known: string | null): Promise<boolean> => {
    decoyHash ??= runNow<string>({ kind: 'hash', password: 'the password of nobody', cost }).catch((error: unknown) => {
      decoyHash = undefined
      throw error
    })
    const decoy = await decoyHash
    const comparable = isComparable(password) ? known : null
    const matches = await run<boolean>({ kind: 'compare', password, hash: comparable ?? decoy })
    return matches && comparable !== null
  }
  const examine: PasswordHasher['examine'] = async (password, known) => {
    const form = opaqueForm(password)
    const fits = await compare(form, known)
    const fitsAsTyped = form !== password && (await compare(password, known))
    if (known === null || !(fits || fitsAsTyped)) return 'wrong'
    const isOutdated = !fits || costOf(known) < cost
    // The form of a few letters is longer than what was typed, and then may be too long.
    return isOutdated && isComparable(form) ? 'outdated' : 'right'
  }
  return {
    hash,
    examine,
    verify: async (password, known) => (await examine(password, known)) !== 'wrong',
    close: () => piscina.destroy(),
  }
}
