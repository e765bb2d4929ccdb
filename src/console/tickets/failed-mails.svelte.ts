import { answerOf, api } from '../api/calls.ts'
import { live } from '../live/live.svelte.ts'

interface Count {
  count: number
  at_least: boolean
}

/** The mails that are counted: with more there is a plus. */
const countedAtMost = 20
/** Tickets whose people still wait for something. Nobody sends a mail about a closed one again. */
const waitedFor = ['new', 'assigned', 'in_progress', 'waiting', 'resolved'] as const

/** The list behind the count: of an admin the mails of the desk, of a technician their own tickets. */
export const failedMailsPath = (role: 'admin' | 'technician'): string =>
  role === 'admin' ? '/emails?state=failed' : `/tickets?view=mine&has=failed_mail&status=${waitedFor.join(',')}`

let failed = $state.raw<Count>({ count: 0, at_least: false })

/** How many mails were not sent, and for a technician, on how many tickets of theirs. */
export const failedMails = (): Count => failed

const countMails = async (): Promise<Count | null> => {
  const answer = await answerOf(api.GET('/emails', { params: { query: { state: 'failed', limit: countedAtMost } } }))
  if (!answer.ok) return null
  return { count: answer.data.emails.length, at_least: answer.data.page.next_cursor !== null }
}

const countTickets = async (): Promise<Count | null> => {
  const query = { by: ['status' as const], status: [...waitedFor], technician_id: 'me' as const }
  const answer = await answerOf(
    api.GET('/tickets/counts', { params: { query: { ...query, has: 'failed_mail' as const } } }),
  )
  if (!answer.ok) return null
  const groups = answer.data.counts.status ?? []
  return {
    count: groups.reduce((sum, { count }) => sum + count, 0),
    at_least: groups.some(({ at_least }) => at_least),
  }
}

/** After the first screen; after something happened, when a mail server has answered; and when nothing is told. */
const pauseMs = { first: 1_000, event: 4_000, longest: 60_000 }

/**
 * Counts the mails that were not sent, until the returned function is called. No event tells that a mail was refused:
 * they are counted a while after each event, again every minute, and when somebody looks at the page again.
 */
export const followFailedMails = (role: 'admin' | 'technician'): (() => void) => {
  let timer: ReturnType<typeof setTimeout> | undefined
  let dueAt = 0
  let hasEnded = false
  const readIn = (ms: number): void => {
    if (hasEnded || (timer !== undefined && dueAt <= performance.now() + ms)) return
    clearTimeout(timer)
    dueAt = performance.now() + ms
    timer = setTimeout(read, ms)
  }
  const read = async (): Promise<void> => {
    timer = undefined
    if (document.visibilityState === 'visible' && live.state !== 'offline') {
      const count = await (role === 'admin' ? countMails() : countTickets())
      if (count !== null && !hasEnded && (count.count !== failed.count || count.at_least !== failed.at_least)) {
        failed = count
      }
    }
    readIn(pauseMs.longest)
  }
  const look = (): void => {
    if (document.visibilityState === 'visible') readIn(pauseMs.first)
  }
  readIn(pauseMs.first)
  document.addEventListener('visibilitychange', look)
  const ends = [live.on(() => readIn(pauseMs.event)), live.onCatchUp(look)]
  return () => {
    hasEnded = true
    clearTimeout(timer)
    failed = { count: 0, at_least: false }
    document.removeEventListener('visibilitychange', look)
    for (const end of ends) end()
  }
}
