import { fileURLToPath } from 'node:url'
import { signIn } from '../lib/sign-in.ts'
import { type BenchDatabase, password } from './bench-database.ts'
import { type Server, startServerProcess } from './server-process.ts'

/** What comparisons and scenarios work with. */
export interface Bench {
  database: BenchDatabase
  rounds: number
  seconds: number
  /** The program as users run it. */
  product: Server
  /** All servers that run, the product included. They are stopped at the end. */
  servers: Server[]
  /** Starts a file as a server, on the database of the bench. The path of the file is relative to this folder. */
  start(name: string, file: string, settings?: Record<string, string>): Promise<Server>
  /** The headers of a request by CUS0001 of the first tenant. */
  customer: Record<string, string>
  /** The headers of a request by the admin of the first tenant. */
  admin: Record<string, string>
  /** The headers of a request by a customer, for each of the 50 tenants. */
  everywhere: Record<string, string>[]
}

/** Measures the product by itself. Answers with a table in Markdown, and with its figures as data. */
export interface Scenario {
  name: string
  run(bench: Bench): Promise<{ table: string; data: unknown }>
}

const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

interface BenchOptions {
  rounds: number
  seconds: number
  environment: Record<string, string>
}

type Callers = Pick<Bench, 'customer' | 'admin' | 'everywhere'>

/** Signs in one caller after the other: the product hashes only a few passwords at a time. */
const signInCallers = async (url: string, tenants: BenchDatabase['tenants']): Promise<Callers> => {
  const callerOf = async ({ tenantId, slug }: BenchDatabase['tenants'][number], name: string) => {
    const { token } = await signIn(url, slug, name, password)
    return { authorization: `Bearer ${token}`, 'x-bench-tenant': String(tenantId) }
  }
  const [first] = tenants
  if (first === undefined) throw new Error('there is no tenant')
  const everywhere: Callers['everywhere'] = []
  for (const tenant of tenants) everywhere.push(await callerOf(tenant, 'CUS0001'))
  return { customer: await callerOf(first, 'CUS0001'), admin: await callerOf(first, 'admin'), everywhere }
}

/** Starts the product on a database and signs its callers in. When that fails, the product is stopped again. */
export const openBench = async (database: BenchDatabase, options: BenchOptions): Promise<Bench> => {
  const { environment, rounds, seconds } = options
  const servers: Server[] = []
  const start: Bench['start'] = async (name, file, settings = {}) => {
    const started = await startServerProcess(name, pathOf(file), { ...environment, ...settings })
    const server: Server = {
      ...started,
      async stop() {
        servers.splice(servers.indexOf(server), 1)
        await started.stop()
      },
    }
    servers.push(server)
    return server
  }
  const product = await start('product', '../../src/main.ts')
  try {
    const callers = await signInCallers(product.url, database.tenants)
    return { database, rounds, seconds, product, servers, start, ...callers }
  } catch (error) {
    await product.stop()
    throw error
  }
}
