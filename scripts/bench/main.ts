// `npm run bench`: the product against its yardsticks, in one run, on one durable PostgreSQL. Rounds are interleaved and
// medians are taken, since machines are noisy; what counts are the ratios.
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openBenchDatabase, password, productEnvironment } from './desk.ts'
import type { Order } from './load.ts'
import { measure, medians, type Sample } from './measure.ts'
import { type Server, startServerProcess } from './server.ts'

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    tickets: { type: 'string', default: '10000' },
    only: { type: 'string', default: '' },
  },
})
const rounds = Number(options.rounds)
const seconds = Number(options.seconds)

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** Something to do, for one or more servers. */
interface Case {
  name: string
  servers: Server[]
  order: Omit<Order, 'url' | 'seconds'>
}

const signIn = async (url: string, slug: string, name: string): Promise<Record<string, string>> => {
  const response = await fetch(`${url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tenant': slug },
    body: JSON.stringify({ user_id_or_email: name, password }),
  })
  const { token } = (await response.json()) as { token: string }
  return { authorization: `Bearer ${token}` }
}

const table = (title: string, results: Map<string, Sample>): string => {
  const [reference] = results.values()
  const rows = [...results].map(([name, sample]) => {
    const share = reference ? sample.requestsPerSecond / reference.requestsPerSecond : 1
    return [
      name,
      sample.requestsPerSecond.toFixed(0),
      share.toFixed(2),
      String(sample.p50),
      String(sample.p99),
      String(sample.p999),
      String(sample.errors),
      sample.cpuPer1000.toFixed(2),
      sample.databaseCpuPer1000.toFixed(2),
      String(sample.memory),
    ].join(' | ')
  })
  const head = `| ${title} | requests/s | × first | p50 ms | p99 ms | p99.9 ms | errors | CPU s/1000 | database CPU s/1000 | MB |`
  return [head, `|${'---|'.repeat(10)}`, ...rows.map((row) => `| ${row} |`), ''].join('\n')
}

await mkdir('.data', { recursive: true })
const database = await openBenchDatabase('.data', Number(options.tickets))
const environment = productEnvironment(database.url)
const servers: Server[] = []
try {
  const product = await startServerProcess('product', path('../../src/main.ts'), environment)
  servers.push(product)
  const yardstick = async (name: string): Promise<Server> => {
    const server = await startServerProcess(name, path(`./yardsticks/${name}.ts`), environment)
    servers.push(server)
    return server
  }
  await database.pool.query('create sequence bench_numbers start 100000000')
  const [floor, naive, sequence] = [await yardstick('floor'), await yardstick('naive'), await yardstick('sequence')]

  const [first] = database.tenants
  if (first === undefined) throw new Error('there is no tenant')
  const tenantHeader = { 'x-bench-tenant': String(first.tenantId) }
  const customer = { ...(await signIn(product.url, first.slug, 'CUS0001')), ...tenantHeader }
  const admin = { ...(await signIn(product.url, first.slug, 'admin')), ...tenantHeader }
  const everywhere = await Promise.all(
    database.tenants.map(async ({ slug, tenantId }) => ({
      ...(await signIn(product.url, slug, 'CUS0001')),
      'x-bench-tenant': String(tenantId),
    })),
  )
  const create = { method: 'POST' as const, paths: ['/api/tickets'] }
  const read = { method: 'GET' as const, connections: 64 }
  const someTickets = Array.from({ length: 997 }, (_, i) => `/api/tickets/TKT${String(i * 10 + 1).padStart(4, '0')}`)
  const cases: Case[] = [
    {
      name: 'create, 64 connections',
      servers: [product, naive, sequence, floor],
      order: { ...create, callers: [customer], connections: 64 },
    },
    {
      name: 'create, 64 connections, with keys',
      servers: [product, naive],
      order: { ...create, callers: [customer], connections: 64, keyed: true },
    },
    {
      name: 'create, 1 connection',
      servers: [product, naive, floor],
      order: { ...create, callers: [customer], connections: 1 },
    },
    {
      name: 'create, 64 connections, 50 tenants',
      servers: [product, floor],
      order: { ...create, callers: everywhere, connections: 64 },
    },
    { name: 'read one', servers: [product, floor], order: { ...read, paths: someTickets, callers: [admin] } },
    {
      name: 'list 25 of mine',
      servers: [product, floor],
      order: { ...read, paths: ['/api/tickets/customer/CUS0001'], callers: [customer] },
    },
    {
      name: 'admin list with filters',
      servers: [product, floor],
      order: { ...read, paths: ['/api/tickets?status=new,assigned&priority=normal'], callers: [admin] },
    },
  ].filter(({ name }) => name.includes(options.only))

  const report: string[] = []
  const json: Record<string, Record<string, Sample>> = {}
  for (const { name, servers: compared, order } of cases) {
    const samples = new Map(compared.map((server) => [server.name, [] as Sample[]]))
    const measureOnly = (server: Server, seconds: number): Promise<Sample> =>
      measure(
        server,
        servers.filter((other) => other !== server),
        database,
        { ...order, seconds },
      )
    for (const server of compared) await measureOnly(server, 1)
    for (let round = 0; round < rounds; round += 1) {
      for (const server of compared) {
        samples.get(server.name)?.push(await measureOnly(server, seconds))
      }
    }
    const results = new Map([...samples].map(([server, all]) => [server, medians(all)]))
    json[name] = Object.fromEntries(results)
    report.push(table(name, results))
    console.log(report.at(-1))
  }
  const { rows } = await database.pool.query('select version(), count(*) as tickets from tickets')
  console.log(
    `${cpus().length} cores, Node ${process.version}, ${rows[0].version.split(' on ')[0]}, ${rows[0].tickets} tickets`,
  )
  await writeFile('bench.json', JSON.stringify(json, null, 2))
} finally {
  for (const server of servers) await server.stop()
  await database.stop()
}
