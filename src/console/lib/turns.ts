import { randomWord } from './random.ts'
import { readStored, writeStored } from './stored.ts'

/** So long a claim waits before it is looked at again. What one tab writes, all tabs read much sooner. */
const settleMs = 150
/** A claim that is not renewed is over: its tab is gone. Longer than the pauses of timers in a tab that nobody sees. */
const goodMs = 75_000

interface Claim {
  by: string
  until: number
}

const placeOf = (name: string): string => `counterdesk.turn ${name}`

const readClaim = (name: string): Claim | null => {
  const claim = readStored(placeOf(name))
  const isClaim = typeof claim === 'object' && claim !== null && 'by' in claim && 'until' in claim
  if (!isClaim || typeof claim.until !== 'number') return null
  // One that lasts longer than any is of a clock that was set back.
  const left = claim.until - Date.now()
  return left > 0 && left <= goodMs ? (claim as Claim) : null
}

const writeClaim = (name: string, by: string): void => writeStored(placeOf(name), { by, until: Date.now() + goodMs })

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, settleMs))

/**
 * As `ifFree`, by claims in the store of the browser: a tab writes its claim, waits until all tabs can have written
 * theirs, and goes on when its own is the one that stands there (Fischer's algorithm).
 * @internal Exported for its test.
 */
export const ifUnclaimed = async <T>(tab: string, name: string, job: () => Promise<T>): Promise<T | null> => {
  if (readClaim(name) !== null) return null
  writeClaim(name, tab)
  // A browser that keeps nothing has nothing that two tabs could share.
  if (readClaim(name) === null) return job()
  await settle()
  if (readClaim(name)?.by !== tab) return null
  const beat = setInterval(() => writeClaim(name, tab), goodMs / 4)
  const letGo = (): void => {
    if (readClaim(name)?.by === tab) writeStored(placeOf(name), null)
  }
  // A tab that is closed holds up no other.
  addEventListener('pagehide', letGo)
  try {
    return await job()
  } finally {
    removeEventListener('pagehide', letGo)
    clearInterval(beat)
    letGo()
  }
}

const thisTab = randomWord()

/**
 * Runs a job while no tab of this browser runs another of the same name. Null, without running it, when one does. Over
 * plain http with a host name a browser has no locks: there the tabs claim the name in the store.
 */
export const ifFree = async <T>(name: string, job: () => Promise<T>): Promise<T | null> => {
  if (navigator.locks === undefined) return ifUnclaimed(thisTab, name, job)
  return navigator.locks.request(name, { ifAvailable: true }, (lock) => (lock === null ? null : job()))
}
