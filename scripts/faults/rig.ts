import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startDatabaseProxy, startTcpProxy, type TcpProxy } from '../../src/testing/peers/tcp-proxy.ts'
import { type FactReader, openFacts } from './database-facts.ts'
import { type Cluster, openCluster } from './drill-cluster.ts'
import { type Caller, type Load, type LoadOrder, startLoad } from './drill-load.ts'
import { deskSettings, desks, password } from './drill-tenants.ts'
import { type Answered, type FaultSpan, readLedger, type Sent } from './ledger.ts'
import { type MailPeer, startMailPeer } from './mail-peer.ts'
import { createService, type Service } from './service.ts'

/** What a drill works with: everything of its own but the cluster. */
export interface Rig {
  /** Ends the drill when its time is over or somebody pressed Ctrl-C; pass it to what waits. */
  signal: AbortSignal
  /** The PostgreSQL: stop it, start it again. */
  cluster: Cluster
  /** The address of the drill's database, past the proxy. */
  databaseUrl: string
  /** Opens another one, which is removed with the rig. */
  openCluster(): Promise<Cluster>
  /** Our own connections to the drill's database, past the proxy. */
  facts: FactReader
  /** The program's way to the database, and to the mail server. */
  databaseProxy: TcpProxy
  mailProxy: TcpProxy
  mail: MailPeer
  /** A folder of the drill's own. */
  folder: string
  /** Starts the program on a port of its own and waits until it is ready. `settings` are environment variables. */
  startService(settings?: Record<string, string>): Promise<Service>
  /** Starts load on these programs: 16 clients in all desks, 40 requests a second, unless told otherwise. */
  startLoad(services: Service[], options?: LoadOptions): Promise<Load>
  /** Stops all load; every request that was sent gets its final answer. The runner does so after the drill, too. */
  stopLoad(): Promise<void>
  /**
   * Waits until no news and no mail waits; answers after how many seconds, or null when that takes too long. The runner
   * does so after the drill, too. Of another database when it is given.
   */
  drain(facts?: FactReader): Promise<number | null>
  /** Says that a fault begins; call what it returns when the fault is over. Recovery is measured from there. */
  beginFault(): () => void
  faults: FaultSpan[]
  /** What has been sent and answered so far. */
  readLedger(): Promise<(Sent | Answered)[]>
  /** Waits, without outliving the drill. */
  sleep(seconds: number): Promise<void>
  /** Waits until something is so, looking five times a second; throws after `seconds`. */
  until(what: string, seconds: number, isSo: () => Promise<boolean>): Promise<void>
}

export type LoadOptions = Partial<Pick<LoadOrder, 'clients' | 'perSecond' | 'timeoutMs' | 'patienceMs'>> & {
  /** The desks that are under load; all when left out. */
  tenants?: string[]
}

/** A drill: one fault, or a kind of it, under load. */
export interface Drill {
  number: number
  title: string
  /** True: it stops what all share, or measures times that other drills at the same moment would spoil. */
  alone?: boolean
  /**
   * Brings about the fault and ends it. Then the rig stops the load, waits until nothing waits any more, and verifies.
   * Whatever it throws fails the drill.
   */
  run(rig: Rig, isQuick: boolean): Promise<Findings>
}

/** What a drill found besides. */
export interface Findings {
  /** Mails that may come twice; 0 when left out. */
  repeats?: number
  /** Recipients whose mails are refused for good. */
  refused?: (recipient: string) => boolean
  /** For the last column of the table. */
  note?: string
  /** The database to verify in the end, when it is not the rig's; the runner closes it. */
  facts?: FactReader
}

/** A rig, with what only the runner of drills does. */
export interface OwnedRig extends Rig {
  services: Service[]
  /** Ends and removes all there is, whatever state it is in. */
  close(): Promise<void>
}

const drainPatienceMs = { quick: 45_000, full: 150_000 }

const signIn = async (url: string, tenant: string, number: number): Promise<Caller> => {
  const response = await fetch(`${url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tenant': tenant },
    body: JSON.stringify({ user_id_or_email: `CUS${String(number).padStart(4, '0')}`, password }),
  })
  const { token } = (await response.json()) as { token?: string }
  if (token === undefined) throw new Error(`signing in answers ${response.status}`)
  return { tenant, token }
}

/** Sets up a drill: a database of its own, proxies, a mail server. */
export const openRig = async (
  cluster: Cluster,
  folder: string,
  { database, isQuick, signal }: { database: string; isQuick: boolean; signal: AbortSignal },
): Promise<OwnedRig> => {
  await mkdir(folder, { recursive: true })
  const databaseUrl = await cluster.createDatabase(database)
  const { proxy: databaseProxy, url: proxiedUrl } = await startDatabaseProxy(databaseUrl)
  const mail = await startMailPeer(join(folder, 'mails.jsonl'))
  const mailProxy = await startTcpProxy('127.0.0.1', mail.port)
  const facts = openFacts(databaseUrl)
  const ledger = join(folder, 'ledger.jsonl')
  const services: Service[] = []
  const loads: Load[] = []
  const clusters: Cluster[] = []
  const faults: FaultSpan[] = []

  const until: Rig['until'] = async (what, seconds, isSo) => {
    for (const end = Date.now() + seconds * 1_000; !(await isSo()); await sleep(200, undefined, { signal })) {
      if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`)
    }
  }
  return {
    signal,
    cluster,
    databaseUrl,
    async openCluster() {
      const place = join(folder, `cluster-${clusters.length + 1}`)
      await mkdir(place)
      const another = await openCluster(place)
      clusters.push(another)
      return another
    },
    facts,
    databaseProxy,
    mailProxy,
    mail,
    folder,
    services,
    faults,
    async startService(settings = {}) {
      const service = await createService(folder, signal, {
        ...deskSettings,
        DATABASE_URL: proxiedUrl,
        SMTP_URL: `smtp://127.0.0.1:${mailProxy.port}`,
        ...settings,
      })
      services.push(service)
      await service.start()
      return service
    },
    async startLoad([first, ...others], { tenants, clients = 16, ...options } = {}) {
      if (first === undefined) throw new Error('load needs a program')
      const slugs = tenants ?? desks.map(({ slug }) => slug)
      const callers: Caller[] = []
      for (let client = 0; client < clients; client += 1) {
        const customer = 1 + (Math.floor(client / slugs.length) % (desks[0]?.customers ?? 1))
        callers.push(await signIn(first.url, slugs[client % slugs.length] ?? '', customer))
      }
      const urls = [first, ...others].map(({ url }) => url)
      const limits = { perSecond: 40, timeoutMs: 15_000, patienceMs: 45_000 }
      const load = startLoad({ ...limits, ...options, urls, callers, clients, ledger })
      loads.push(load)
      return load
    },
    beginFault() {
      const span = { from: Date.now(), to: Number.POSITIVE_INFINITY }
      faults.push(span)
      return () => {
        span.to = Date.now()
      }
    },
    readLedger: () => readLedger(ledger),
    sleep: (seconds) => sleep(seconds * 1_000, undefined, { signal }),
    until,
    async stopLoad() {
      for (const load of loads.splice(0)) await load.stop()
    },
    async drain(database = facts) {
      const begin = Date.now()
      while (Date.now() - begin < drainPatienceMs[isQuick ? 'quick' : 'full']) {
        const { events, mails } = await database.countWaiting()
        if (events + mails === 0) return (Date.now() - begin) / 1_000
        if (isQuick && services.some((service) => service.wasKilled())) await database.hastenDeadJobs()
        await sleep(200, undefined, { signal })
      }
      return null
    },
    async close() {
      const steps = [
        ...loads.map((load) => load.kill),
        ...services.map((service) => () => service.kill()),
        mail.kill,
        mailProxy.stop,
        databaseProxy.stop,
        facts.close,
        ...clusters.map((another) => another.remove),
        cluster.start, // a drill that was ended early may have left it stopped
        () => cluster.dropDatabase(database),
      ]
      for (const step of steps) await step().catch((error: unknown) => console.error('cleaning up:', error))
    },
  }
}
