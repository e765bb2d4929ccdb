import type { Request, Response } from 'express'
import { type ErrorCode, errorCodes } from '../../contract/error-codes.ts'
import type { App } from '../app-context.ts'
import { attemptKinds, type IsWithinLimit } from '../attempts.ts'
import { AppError } from '../errors.ts'
import { perApp } from '../per-app.ts'
import { type AttemptCounts, type Count, type Counter, createAttemptCounts, windowSeconds } from './attempt-counts.ts'
import { addressKey } from './client-address.ts'
import type { Endpoint, SignInLimit } from './endpoint.ts'
import { tooMany } from './rate-limits.ts'
import type { Principal } from './request-context.ts'

/** How many attempts of an address there may be in all for each that may fail, because the right ones are work, too. */
const attemptsPerFailure = 30

/** Errors that tell nothing about a guess: what was typed was right, or nobody looked at it. */
const noFailures: ReadonlySet<string> = new Set<ErrorCode>([
  'second_factor_required',
  'second_factor_code_required',
  'second_factor_enrolment_required',
  'second_factor_mandatory',
  'second_factor_blocked',
  'second_factor_missing',
  'email_not_confirmed',
  'too_many_api_tokens',
  'account_not_found',
  'service_account_not_found',
  'service_account_deactivated',
  'quota_exceeded',
  'too_many_at_once',
  'request_in_progress',
])

/** Whether an attempt failed by the fault of the caller. Errors of the body's reader have a status, too. */
const isFailure = (error: unknown): boolean => {
  const isKnown = error instanceof AppError
  if (isKnown && noFailures.has(error.code)) return false
  const status = isKnown ? errorCodes[error.code].status : Number((error as { status?: unknown } | null)?.status)
  return status >= 400 && status < 500
}

/** One request that counts for the limit of sign-ins. */
export interface Attempt {
  /** Counts the attempt at the account that the body names. @throws AppError `rate_limited`. */
  atAccount(account: string): Promise<void>
  isWithin: IsWithinLimit
  /** Does the work and counts whether it failed. @throws AppError `rate_limited`; what `work` throws. */
  judge<T>(work: () => Promise<T>): Promise<T>
}

/** An attempt that nothing counts. */
const uncounted: Attempt = {
  atAccount: async () => {},
  isWithin: async () => ({ isWithin: true, isRefused: false }),
  judge: (work) => work(),
}

/** Whether an attempt is past the limit of a counter. */
const isPast = ({ counts, has_room, hits }: Count, most: number): boolean =>
  counts === 'failures' ? !has_room : hits > most

/** What the counters of an endpoint count. */
const countsOf = ({ counts }: SignInLimit): Counter['counts'] => (counts === undefined ? 'failures' : 'attempts')

/** Says in the headers how many more attempts may fail, this one among them. */
const showLimit = (res: Response, { kind }: SignInLimit, most: number, count: Count): void => {
  const { name } = attemptKinds[kind]
  const left = Math.max(0, most - count.hits - count.under_way)
  res.append('RateLimit-Policy', `"${name}"; q=${most}; w=${windowSeconds}`)
  res.append('RateLimit', `"${name}"; r=${left}; t=${Math.max(0, Math.ceil(count.seconds_left))}`)
}

/** The refusal of an address, or of who is signed in, that has tried too much in all, right or wrong. */
const floodOf = ({ kind, counts }: SignInLimit, exceeded: 'address' | 'account', { seconds_left }: Count): AppError => {
  const what = counts === undefined ? 'attempts of this kind' : attemptKinds[kind].tooMany
  return tooMany(exceeded, seconds_left, `Too many ${what} ${whose[exceeded]}`)
}

const whose = { address: 'from this address', account: 'for this account' }

/** The words of a refusal. They are the same whether the account is known at the address or not. */
const refusalOf = (limit: SignInLimit, exceeded: 'address' | 'account', { seconds_left }: Count): AppError => {
  const also = limit.knowsPlaces
    ? ' Who signed in from this address lately has a count of their own here, and can sign in unless that is used up, too.'
    : ''
  return tooMany(exceeded, seconds_left, `Too many ${attemptKinds[limit.kind].tooMany} ${whose[exceeded]}`, also)
}

/** Who tries what, as far as it is known before the body is read. */
interface Trial {
  counts: AttemptCounts
  limit: SignInLimit
  /** How many attempts may fail in a minute. */
  most: number
  address: string
  /** The counter of the address, or of who is signed in. */
  first: Count
  /**
   * All attempts of the address, where known places pass the limit. They are counted when a password is to be compared:
   * a body that was refused before is no work, and stops nobody.
   */
  inAll: Counter
  floodIn: (all: Count) => AppError | null
  /** Why a failure is answered with 429, where the handler decides. */
  refusal: AppError | null
}

const createAttempt = ({ counts, limit, most, address, first, inAll, floodIn, refusal }: Trial): Attempt => {
  const entered = [first]
  const named: Counter[] = []
  let refused = refusal
  let flood: AppError | null = null
  const counterOf = (key: string): Counter => ({ key: `${limit.kind} ${key}`, counts: countsOf(limit) })
  const enter = async (...counters: Counter[]): Promise<Count[]> => {
    const found = await counts.enter(counters)
    entered.push(...found)
    return found
  }
  return {
    async atAccount(account) {
      if (limit.knowsPlaces) {
        named.push(counterOf(`to ${account}`))
        return
      }
      const tried: Counter = { key: `${limit.kind} ${address} to ${account}`, counts: 'attempts' }
      const [all, pair] = await enter(counterOf(`to ${account}`), tried)
      if (all && pair && isPast(all, most) && pair.hits > 1) throw refusalOf(limit, 'account', all)
    },
    async isWithin(account, isKnown) {
      const found = [counterOf(`as ${account}`), counterOf(`${address} as ${account}`)]
      const [all, pair, inAddress, name] = await enter(...found, inAll, ...named)
      flood = limit.knowsPlaces && inAddress ? floodIn(inAddress) : null
      if (flood !== null) throw flood
      if (name && isPast(name, most)) refused ??= refusalOf(limit, 'account', name)
      const isWithin = isKnown ? pair?.has_room : refused === null && all?.has_room
      return { isWithin: isWithin ?? false, isRefused: refused !== null }
    },
    async judge(work) {
      try {
        const result = await work()
        await counts.leave(entered, false)
        return result
      } catch (error) {
        // What nobody looked at has not failed.
        const failed = error !== flood && isFailure(error)
        await counts.leave(entered, failed)
        throw failed && refused !== null ? refused : error
      }
    },
  }
}

/** Counts attempts to sign in, to register, to use a link and the like. */
export interface SignInLimits {
  /**
   * Counts an attempt of an address, or of the account that is signed in, and sets the headers of the answer.
   * @throws AppError `rate_limited`.
   */
  begin(
    req: Request,
    res: Response,
    endpoint: Pick<Endpoint, 'can' | 'signInLimit'>,
    principal: Principal | null,
  ): Promise<Attempt>
}

/**
 * The limits of attempts, by the minute. What fails counts for the address, for the name that was typed, and for the
 * account that was found; each kind of attempt apart. An attempt takes room before it is known how it ends, and gives
 * the room back when it was right. All attempts of an address have a second, ample bound. It is the only one for links
 * and challenges, because nobody can guess them: an unknown one is no reason to refuse a right one of the same address.
 *
 * Where the handler knows places, it decides with `isWithin`: an account that signed in from this address lately has a
 * count of its own there, so that a guesser stops nobody who works at the same address. A body that is refused is no
 * work, so it does not count for the ample bound there, which stops known places, too. Past a limit every failure is
 * answered with 429, whether there is such an account or not, and after the same work. So nobody learns which names
 * exist. By another name of an account, which the count of the typed name does not know, the answer past the limit is
 * that of a wrong password: 429 would tell that two names belong to one account.
 *
 * Where the gate decides, an address that has not tried an account within the minute still gets one attempt past the
 * limit of the account. A setting of 0 switches the limits off. All routers of an application count together.
 */
export const signInLimits = perApp((app): SignInLimits => createSignInLimits(app))

const createSignInLimits = (app: App): SignInLimits => {
  const most = app.config.RATE_LIMIT_SIGN_INS_PER_MINUTE
  if (most === 0) return { begin: async () => uncounted }
  const counts = createAttemptCounts(app, most)
  return {
    async begin(req, res, { signInLimit: limit, can }, principal) {
      if (limit === undefined) return uncounted
      const address = addressKey(req)
      // Who is signed in guesses at their own account, from whatever address, and takes nothing from others at it.
      const own = can === 'anyone' || principal === null ? null : `${principal.tenantId} ${principal.accountId}`
      const who = `${limit.kind} ${own === null ? `from ${address}` : `by ${own}`}`
      const inAll: Counter = { key: `${who} in all`, counts: 'attempts' }
      const ownCounter: Counter = { key: who, counts: countsOf(limit) }
      const ample = most * attemptsPerFailure
      const exceeded = own === null ? 'address' : 'account'
      const floodIn = (all: Count): AppError | null => (all.hits > ample ? floodOf(limit, exceeded, all) : null)
      const now = limit.counts === 'flood' ? [inAll] : [ownCounter, ...(limit.knowsPlaces ? [] : [inAll])]
      const [first, all] = await counts.enter(now)
      if (first === undefined) throw new Error('an attempt was not counted')
      showLimit(res, limit, limit.counts === 'flood' ? ample : most, first)
      const flood = limit.counts === 'flood' ? floodIn(first) : all && floodIn(all)
      if (flood) {
        await counts.leave([first], false)
        throw flood
      }
      const past = limit.counts !== 'flood' && isPast(first, most) ? refusalOf(limit, exceeded, first) : null
      if (past !== null && !limit.knowsPlaces) throw past
      return createAttempt({ counts, limit, most, address, first, inAll, floodIn, refusal: past })
    },
  }
}
