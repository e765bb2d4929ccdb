import { setTimeout as sleep } from 'node:timers/promises'
import { markdownTable } from '../../lib/markdown-table.ts'
import { drained } from '../measure-load.ts'
import type { Bench, Scenario } from '../open-bench.ts'
import { cpuSeconds, type Server } from '../server-process.ts'
import type { ArrivedMessages } from '../webhook-sink.ts'
import { addBacklog } from './fan-out-rate.ts'

/** How many messages a backlog has in all. */
const messages = 12_000
const withinMs = 120_000

/** Several webhooks of one tenant, each told of the same events. */
interface Group {
  name: string
  webhooks: number
  isOrdered: boolean
}

const groups: Group[] = [
  { name: 'one webhook', webhooks: 1, isOrdered: false },
  { name: 'one webhook, in order', webhooks: 1, isOrdered: true },
  { name: 'six webhooks', webhooks: 6, isOrdered: false },
]

const call = async (url: string, method: string, headers: Record<string, string>, body?: object): Promise<string> => {
  const response = await fetch(url, {
    method,
    headers: { ...headers, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const answer = await response.text()
  if (!response.ok) throw new Error(`${method} ${url} answers ${response.status} ${answer}`)
  return answer
}

/** The receivers have every message of the log, each once, and in its order where it is kept. */
const check = (arrived: ArrivedMessages[], wanted: number[], { name, isOrdered }: Group): void => {
  for (const { positions } of arrived) {
    const inOrder = positions.toSorted((one, other) => one - other)
    if (inOrder.join() !== wanted.join()) throw new Error(`${name}: a message is missing, or came again`)
    if (isOrdered && positions.join() !== inOrder.join()) throw new Error(`${name}: a message came before its turn`)
  }
}

/** Lets a backlog of deliveries wait, sets it free, and counts what the receivers get until all is settled. */
const measureGroup = async (bench: Bench, sender: Server, sink: Server, group: Group) => {
  const { database, admin } = bench
  const { pool } = database
  const api = `${sender.url}/api/webhooks`
  const paths = Array.from({ length: group.webhooks }, (_, index) => `/${encodeURIComponent(group.name)}/${index}`)
  const ids: string[] = []
  for (const path of paths) {
    const body = { url: `${sink.url}${path}`, types: ['ticket.created'], is_ordered: group.isOrdered }
    ids.push(JSON.parse(await call(api, 'POST', admin, body)).webhook_id)
  }
  await pool.query("update webhooks set paused_until = 'infinity' where webhook_id = any ($1)", [ids])
  await addBacklog(database, messages / group.webhooks)
  await drained(database)
  const { rows } = await pool.query(
    'select array_agg(position::integer order by position) as positions from webhook_deliveries where webhook_number = $1',
    [Number(ids[0]?.slice(3))],
  )
  await pool.query('vacuum analyze webhook_deliveries, events, tickets')
  const cpuBefore = cpuSeconds(sender.pid)
  const begunAt = Date.now()
  await pool.query('update webhooks set paused_until = null, due_at = now() where webhook_id = any ($1)', [ids])
  for (let waiting = 1; waiting > 0; await sleep(20)) {
    const left = await pool.query("select from webhook_deliveries where state = 'waiting' limit 1")
    waiting = left.rows.length
    if (Date.now() - begunAt > withinMs) throw new Error(`${group.name}: not all is delivered`)
  }
  const seconds = (Date.now() - begunAt) / 1_000
  const cpu = cpuSeconds(sender.pid) - cpuBefore
  const arrived: ArrivedMessages[] = []
  for (const path of paths) arrived.push(JSON.parse(await call(`${sink.url}${path}`, 'GET', {})))
  check(arrived, rows[0].positions, group)
  for (const id of ids) await call(`${api}/${id}`, 'DELETE', admin)
  return { name: group.name, messages, seconds, rate: messages / seconds, cpu }
}

/**
 * How fast one process delivers a backlog to receivers on this machine, from the moment at which it is due until the
 * last message is settled. Each receiver notes what arrives: nothing may be missing, or come twice.
 */
export const webhookRate: Scenario = {
  name: 'webhooks',
  async run(bench: Bench) {
    const { product, start } = bench
    await drained(bench.database)
    process.kill(product.pid, 'SIGSTOP')
    try {
      const sink = await start('receivers', './webhook-sink.ts')
      const sender = await start('delivering product', '../../src/main.ts', { WEBHOOK_ALLOW_HOSTS: '127.0.0.1' })
      const measured: Awaited<ReturnType<typeof measureGroup>>[] = []
      for (const group of groups) measured.push(await measureGroup(bench, sender, sink, group))
      await sender.stop()
      const perThousand = (seconds: number): string => ((seconds * 1_000_000) / messages).toFixed(0)
      const table = markdownTable(
        ['backlog of webhooks', 'messages', 'deliveries/s', 'ms CPU per 1000'],
        measured.map(({ name, rate, cpu }) => [name, messages, rate.toFixed(0), perThousand(cpu)]),
      )
      return { table, data: measured }
    } finally {
      process.kill(product.pid, 'SIGCONT')
    }
  },
}
