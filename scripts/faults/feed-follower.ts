import { signIn } from '../lib/sign-in.ts'
import type { FactReader } from './database-facts.ts'
import { password } from './drill-tenants.ts'

/** An event as a follower knows it. */
interface KnownEvent {
  position: number
  type: string
  subject_id: string
}

interface Page {
  events: KnownEvent[]
  next: string
  end_of_feed: boolean
}

/** The refusal of a place that is not in the log any more. */
interface Forked {
  code: string
  fork: string | null
}

/** A program that follows the feed of a desk as its admin, and keeps what it has read. */
export interface FeedFollower {
  /** The last position that it has read. */
  last(): number
  /**
   * Reads to the end of the feed. When the log has forked, forgets what came after the fork and reads on from there.
   * Answers with the position of the fork, or null when there was none.
   * @throws Error for any other refusal.
   */
  readOn(url: string): Promise<number | null>
  /** Compares what it knows with the log. @throws Error with the first difference. */
  compareWith(facts: FactReader): Promise<void>
}

const get = async (url: string, token: string, after: string | null): Promise<{ status: number; body: unknown }> => {
  const query = after === null ? '' : `?after=${encodeURIComponent(after)}`
  const response = await fetch(`${url}/api/events${query}`, { headers: { authorization: `Bearer ${token}` } })
  return { status: response.status, body: await response.json() }
}

const logOf = `
  select e.position::int as position, e.type, e.subject_id from events e join tenants t on t.tenant_id = e.tenant_id
  where t.slug = $1 and e.position is not null order by e.position`

const inWords = (event: KnownEvent | undefined): string =>
  event === undefined ? 'nothing' : `${event.position} ${event.type} ${event.subject_id}`

/** Signs in at the program and begins to follow the feed of a desk. */
export const followFeed = async (url: string, tenant: string): Promise<FeedFollower> => {
  const { token } = await signIn(url, tenant, 'admin', password)
  const known: KnownEvent[] = []
  let next: string | null = null
  const forgetAfter = (fork: string | null): number => {
    const position = fork === null ? 0 : Number(fork.split(':')[1])
    while ((known.at(-1)?.position ?? 0) > position) known.pop()
    next = fork
    return position
  }
  return {
    last: () => known.at(-1)?.position ?? 0,
    async readOn(at) {
      let forkedAt: number | null = null
      for (;;) {
        const { status, body } = await get(at, token, next)
        const { code, fork } = body as Forked
        if (status === 410 && code === 'log_forked' && forkedAt === null) {
          forkedAt = forgetAfter(fork)
          continue
        }
        if (status !== 200) throw new Error(`the feed answers ${status} ${code}`)
        const page = body as Page
        known.push(...page.events)
        next = page.next
        if (page.end_of_feed) return forkedAt
      }
    },
    async compareWith({ pool }) {
      const { rows } = await pool.query(logOf, [tenant])
      for (let index = 0; index < Math.max(rows.length, known.length); index += 1) {
        const [stands, read] = [inWords(rows[index]), inWords(known[index])]
        if (stands !== read) throw new Error(`a follower of the feed has read ${read}, and the log has ${stands}`)
      }
    },
  }
}
