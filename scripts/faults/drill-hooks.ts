import { join } from 'node:path'
import { signIn } from '../lib/sign-in.ts'
import { password } from './drill-tenants.ts'
import { type HookLine, type HookPeer, startHookPeer } from './hook-peer.ts'
import type { Rig } from './rig.ts'
import type { Service } from './service.ts'

/** The settings of a program whose webhooks may reach this machine. */
export const hookSettings = { WEBHOOK_ALLOW_HOSTS: '127.0.0.1' }

/** A webhook of a drill. It is told of every new ticket of its tenant. */
export interface Hook {
  tenant: string
  /** The path of its receiver. */
  path: string
  isOrdered: boolean
  id: string
}

/** The webhooks of a drill with their receivers. */
export interface Hooks {
  peer: HookPeer
  all: Hook[]
  /** Calls the API about a webhook, as the admin who owns it. */
  ask(hook: Hook, method: string, path: string, body: object): Promise<void>
}

/** Starts receivers, and creates a webhook for each path of each tenant. */
export const openHooks = async (
  rig: Rig,
  service: Service,
  tenants: string[],
  paths: { path: string; isOrdered: boolean }[],
): Promise<Hooks> => {
  const peer = await startHookPeer(join(rig.folder, 'hooks.jsonl'))
  rig.signal.addEventListener('abort', () => void peer.kill(), { once: true })
  const tokens = new Map<string, string>()
  const call = async (tenant: string, method: string, path: string, body: object): Promise<{ webhook_id?: string }> => {
    const response = await fetch(`${service.url}/api/webhooks${path}`, {
      method,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens.get(tenant)}` },
      body: JSON.stringify(body),
      signal: rig.signal,
    })
    const answer = (await response.json()) as { webhook_id?: string }
    if (!response.ok) throw new Error(`${method} /webhooks${path} answers ${response.status} ${JSON.stringify(answer)}`)
    return answer
  }
  const all: Hook[] = []
  for (const tenant of tenants) {
    tokens.set(tenant, (await signIn(service.url, tenant, 'admin', password)).token)
    for (const { path, isOrdered } of paths) {
      const url = peer.urlOf(`/${tenant}${path}`)
      const made = await call(tenant, 'POST', '', { url, types: ['ticket.created'], is_ordered: isOrdered })
      all.push({ tenant, path: `/${tenant}${path}`, isOrdered, id: made.webhook_id ?? '' })
    }
  }
  return {
    peer,
    all,
    async ask({ tenant, id }, method, path, body) {
      await call(tenant, method, `/${id}${path}`, body)
    },
  }
}

/** The positions of the new tickets of each tenant, in their order. */
const readPositions = async (rig: Rig): Promise<Map<string, number[]>> => {
  const { rows } = await rig.facts.pool.query(
    `select t.slug, array_agg(e.position::int order by e.position) as positions
     from events e join tenants t on t.tenant_id = e.tenant_id
     where e.type = 'ticket.created' and e.position is not null group by t.slug`,
  )
  return new Map(rows.map(({ slug, positions }) => [slug, positions]))
}

/** How many new tickets the receivers have not been told of yet. */
export const countUntold = async (rig: Rig, { peer }: Hooks, hooks: Hook[]): Promise<number> => {
  const told = Map.groupBy(await peer.lines(), ({ path }) => path)
  const positions = await readPositions(rig)
  return hooks.reduce((sum, { tenant, path }) => {
    const known = new Set(told.get(path)?.map(({ position }) => position))
    return sum + (positions.get(tenant) ?? []).filter((position) => !known.has(position)).length
  }, 0)
}

/**
 * What is due later, and the webhooks of dead processes, are due now: the product waits for minutes, which the short
 * form does not.
 */
const hastenHooks = async ({ facts }: Rig): Promise<void> => {
  await facts.hastenDeadJobs()
  await facts.pool.query(`update webhook_deliveries set due_at = now() where state = 'waiting' and due_at > now()`)
  await facts.pool.query(
    `update webhooks set due_at = now(), paused_until = null
     where state = 'enabled' and holder is null and (due_at > now() or paused_until > now())`,
  )
}

/** Waits until every receiver was told of every new ticket. */
export const untilAllTold = (rig: Rig, hooks: Hooks, isQuick: boolean, seconds: number): Promise<void> =>
  rig.until('every receiver is told of every new ticket', seconds, async () => {
    if ((await countUntold(rig, hooks, hooks.all)) === 0) return true
    if (isQuick) await hastenHooks(rig)
    return false
  })

/** The messages of a receiver without those that came again. */
const firstOf = (lines: HookLine[]): HookLine[] =>
  [...new Map(lines.toReversed().map((line) => [line.id, line])).values()].reverse()

/**
 * Compares what the receivers took with the log. Answers with how many messages there were, and how many came again.
 * @throws Error when one is missing, was not asked for, or came before an earlier one where the order is kept.
 */
export const checkHooks = async (rig: Rig, hooks: Hooks): Promise<{ messages: number; repeated: number }> => {
  const lines = await hooks.peer.lines()
  const told = Map.groupBy(lines, ({ path }) => path)
  const positions = await readPositions(rig)
  const faults: string[] = []
  let messages = 0
  for (const { tenant, path, isOrdered } of hooks.all) {
    const first = firstOf(told.get(path) ?? [])
    const taken = first.map(({ position }) => position)
    const asked = positions.get(tenant) ?? []
    const known = new Set(taken)
    const missing = asked.filter((position) => !known.has(position))
    messages += first.length
    if (missing.length > 0) faults.push(`${path} was never told of ${missing.length} events`)
    if (known.size < taken.length) faults.push(`${path} got an event under two ids`)
    if (taken.length > asked.length) faults.push(`${path} was told of what did not happen`)
    if (isOrdered && taken.some((position, at) => position < (taken[at - 1] ?? 0)))
      faults.push(`${path} was told out of order`)
  }
  const known = new Set(hooks.all.map(({ path }) => path))
  const strangers = lines.filter(({ path }) => !known.has(path))
  if (strangers.length > 0) faults.push(`messages went to ${strangers[0]?.path}`)
  if (faults.length > 0) throw new Error(faults.join('; '))
  return { messages, repeated: lines.length - messages }
}
