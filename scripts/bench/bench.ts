import { fileURLToPath } from 'node:url'
import { type BenchDatabase, password } from './bench-database.ts'
import { type Server, startServerProcess } from './server-process.ts'

/** What a comparison or a scenario has at hand. */
export interface Bench {
  database: BenchDatabase
  rounds: number
  seconds: number
  /** The program as users run it, and whatever else was started; all are stopped at the end. */
  product: Server
  servers: Server[]
  /** Starts a file of this folder, or another program of the product, on the bench's database. */
  start(name: string, file: string, settings?: Record<string, string>): Promise<Server>
  /** The headers of a request of the first tenant's CUS0001, of its admin, and of a customer in each of 50 tenants. */
  customer: Record<string, string>
  admin: Record<string, string>
  everywhere: Record<string, string>[]
}

/** Something measured by itself: its table, and the same as data. */
export interface Scenario {
  name: string
  run(bench: Bench): Promise<{ table: string; data: unknown }>
}

export const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** A markdown table. */
export const markdown = (head: string[], rows: (string | number)[][]): string =>
  [
    `| ${head.join(' | ')} |`,
    `|${'---|'.repeat(head.length)}`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
  ].join('\n')

const signIn = async (url: string, slug: string, name: string): Promise<Record<string, string>> => {
  const response = await fetch(`${url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tenant': slug },
    body: JSON.stringify({ user_id_or_email: name, password }),
  })
  const { token } = (await response.json()) as { token: string }
  return { authorization: `Bearer ${token}` }
}

export interface BenchOptions {
  rounds: number
  seconds: number
  environment: Record<string, string>
}

/** Starts the product on a database and signs its callers in. */
export const openBench = async (database: BenchDatabase, options: BenchOptions): Promise<Bench> => {
  const { environment, rounds, seconds } = options
  const servers: Server[] = []
  const start: Bench['start'] = async (name, file, settings = {}) => {
    const server = await startServerProcess(name, pathOf(file), { ...environment, ...settings })
    servers.push(server)
    return server
  }
  const product = await start('product', '../../src/main.ts')
  const callerOf = async (tenant: BenchDatabase['tenants'][number], name: string) => ({
    ...(await signIn(product.url, tenant.slug, name)),
    'x-bench-tenant': String(tenant.tenantId),
  })
  const [first] = database.tenants
  if (first === undefined) throw new Error('there is no tenant')
  return {
    database,
    rounds,
    seconds,
    product,
    servers,
    start,
    customer: await callerOf(first, 'CUS0001'),
    admin: await callerOf(first, 'admin'),
    everywhere: await Promise.all(database.tenants.map((tenant) => callerOf(tenant, 'CUS0001'))),
  }
}
