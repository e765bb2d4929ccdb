import { codeAtStep, stepAt } from '../../modules/identity/second-factor/totp.ts'
import type { Clock } from '../../platform/clock.ts'
import { type Person, password } from './people.ts'
import { type Api, bodyOf, type Reply } from './requests.ts'

/** A clock that stands still until a test moves it. */
export interface MovableClock extends Clock {
  /** Moves on by whole seconds. */
  advance(seconds: number): void
}

export const createMovableClock = (): MovableClock => {
  // In the middle of a step of codes.
  let now = Math.floor(Date.now() / 30_000) * 30_000 + 15_000
  return {
    now: () => now,
    advance(seconds) {
      now += seconds * 1_000
    },
  }
}

/** The app on a phone: it shows the code of a secret at the time of a clock, or some steps later. */
export const codeNow = (secret: string, clock: Clock, steps = 0): string =>
  codeAtStep(secret, stepAt(clock.now() / 1_000) + steps)

/** What a person keeps of a second factor: the phone and the recovery codes. */
export interface Enrolled {
  secret: string
  recoveryCodes: string[]
}

/** Sets up a second factor for a person who has none, and moves on to the next code. */
export const enrol = async (person: Person, clock: MovableClock): Promise<Enrolled> => {
  const { secret } = bodyOf(await person.post('/me/second-factor', { current_password: password }))
  const confirmed = await person.post('/me/second-factor/confirm', { code: codeNow(secret, clock) })
  clock.advance(30)
  return { secret, recoveryCodes: bodyOf(confirmed).recovery_codes }
}

/** The second step of a sign-in. */
export const finish = (
  as: Api,
  challenge: string,
  proof: { code: string } | { recovery_code: string },
): Promise<Reply> => as.post('/auth/login/second-factor', { challenge, ...proof })
