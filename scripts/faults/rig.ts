import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startDatabaseProxy, startTcpProxy, type TcpProxy } from '../../src/testing/peers/tcp-proxy.ts'
import { signIn } from '../lib/sign-in.ts'
import { type FactReader, openFacts } from './database-facts.ts'
import { type Cluster, openCluster } from './drill-cluster.ts'
import { type Caller, type Load, type LoadOrder, startLoad } from './drill-load.ts'
import { deskSettings, desks, password } from './drill-tenants.ts'
import { type Answered, type FaultSpan, readLedger, type Sent } from './ledger.ts'
import { type MailPeer, startMailPeer } from './mail-peer.ts'
import { createService, type Service } from './service.ts'

/** What a drill works with. Only the cluster is shared with other drills. */
export interface Rig {
  /** Is aborted when the time of the drill is over, or at Ctrl-C. Pass it to what waits. */
  signal: AbortSignal
  /** The PostgreSQL of the drill. A drill that stops it starts it again. */
  cluster: Cluster
  /** The address of the drill's database, past the proxy. */
  databaseUrl: string
  /** Opens another cluster, which is removed with the rig. */
  openCluster(): Promise<Cluster>
  /** Notes something that is removed with the rig, after its programs. */
  removeAtEnd(something: { remove(): Promise<void> }): void
  /** The connections of the rig to the drill's database, past the proxy. */
  facts: FactReader
  /** The proxy between the program and its database. */
  databaseProxy: TcpProxy
  /** The proxy between the program and its mail server. */
  mailProxy: TcpProxy
  mail: MailPeer
  /** A folder of the drill's own. */
  folder: string
  /** Starts a program on a port of its own, and waits until it is ready. `settings` are environment variables. */
  startService(settings?: Record<string, string>): Promise<Service>
  /** Starts a load on these programs. By default 16 clients in all desks send 40 requests a second. */
  startLoad(services: Service[], options?: LoadOptions): Promise<Load>
  /** Stops all load. Each request that was sent gets its final answer. The runner calls this after the drill, too. */
  stopLoad(): Promise<void>
  /**
   * Waits until no event and no mail waits. Answers with the seconds that it took, or null when it takes too long. The
   * runner calls this after the drill, too. `facts` names another database.
   */
  drain(facts?: FactReader): Promise<number | null>
  /** Call it when a fault begins, and call its answer when the fault is over. Recovery is measured from then on. */
  beginFault(): () => void
  faults: FaultSpan[]
  /** Reads what was sent and answered so far. */
  readLedger(): Promise<(Sent | Answered)[]>
  /** Waits. @throws Error when the drill is ended. */
  sleep(seconds: number): Promise<void>
  /** Waits until `isSo` answers with true, and asks it five times a second. @throws Error after `seconds`. */
  until(what: string, seconds: number, isSo: () => Promise<boolean>): Promise<void>
}

type LoadOptions = Partial<Pick<LoadOrder, 'clients' | 'perSecond' | 'timeoutMs' | 'patienceMs'>> & {
  /** The slugs of the desks that are under load; all by default. */
  tenants?: string[]
}

/** A drill: one kind of fault under load. */
export interface Drill {
  number: number
  title: string
  /** True: no other drill runs at the same time, because it stops the cluster, or measures times. */
  alone?: boolean
  /** Says what is missing on this machine, so that the drill is skipped. Null: nothing is. */
  missing?: () => Promise<string | null>
  /**
   * Causes the fault and ends it. Then the runner stops the load, waits until nothing waits any more, and verifies.
   * A drill that throws has failed.
   */
  run(rig: Rig, isQuick: boolean): Promise<Findings>
}

/** What a drill reports. */
export interface Findings {
  /** How many mails may come twice; 0 by default. */
  repeats?: number
  /** Recipients whose mails are refused for good. */
  refused?: (recipient: string) => boolean
  /** The tenants whose waiting mails the drill has given up. */
  dropped?: (tenant: string) => boolean
  /** For the last column of the table. */
  note?: string
  /** The database to verify, when it is not that of the rig. The runner closes it. */
  facts?: FactReader
}

/** A rig, with what only the runner of the drills uses. */
export interface OwnedRig extends Rig {
  services: Service[]
  /** Ends and removes all parts of the rig, in any state. */
  close(): Promise<void>
}

const drainPatienceMs = { quick: 45_000, full: 150_000 }

/** Opens the rig of a drill: a database, two proxies and a mail server of its own. */
export const openRig = async (
  cluster: Cluster,
  folder: string,
  { database, isQuick, signal }: { database: string; isQuick: boolean; signal: AbortSignal },
): Promise<OwnedRig> => {
  // A drill that runs once more begins without the ledger and the mails of the run before.
  await rm(folder, { recursive: true, force: true })
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
  const others: { remove(): Promise<void> }[] = []
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
    removeAtEnd: (something) => void others.push(something),
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
      if (first === undefined) throw new Error('a load needs a program')
      const slugs = tenants ?? desks.map(({ slug }) => slug)
      const callers: Caller[] = []
      for (let client = 0; client < clients; client += 1) {
        const customer = 1 + (Math.floor(client / slugs.length) % (desks[0]?.customers ?? 1))
        const tenant = slugs[client % slugs.length] ?? ''
        const { token } = await signIn(first.url, tenant, `CUS${String(customer).padStart(4, '0')}`, password)
        callers.push({ tenant, token })
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
        ...[...clusters, ...others].map((another) => another.remove),
        cluster.start, // a drill that was ended early can leave it stopped
        () => cluster.dropDatabase(database),
      ]
      for (const step of steps) await step().catch((error: unknown) => console.error('cleaning up:', error))
    },
  }
}
