import { connect } from 'node:net'
import type { Behaviour } from '../../../src/testing/peers/smtp-server.ts'
import { commitCutter, holdCounterOf, terminateBackends } from '../database-faults.ts'
import { desks } from '../drill-tenants.ts'
import type { Drill, Rig } from '../rig.ts'
import type { Service } from '../service.ts'
import { clock } from './13-clock.ts'

/** Breaks a part. The part works again when the promise resolves. */
type Fault = () => Promise<unknown>

const oneOf = <T>(all: readonly T[]): T => all[Math.floor(Math.random() * all.length)] as T

const stopDatabase = async (rig: Rig, mode: 'fast' | 'immediate'): Promise<void> => {
  await rig.cluster.stop(mode)
  await rig.sleep(2)
  await rig.cluster.start()
}

const cutCommits = async (rig: Rig): Promise<void> => {
  await rig.databaseProxy.become(commitCutter(20))
  await rig.sleep(4)
  await rig.databaseProxy.become('pass')
}

const blackhole = async (rig: Rig): Promise<void> => {
  await rig.databaseProxy.become('blackhole')
  await rig.sleep(4)
  await rig.databaseProxy.become('pass')
}

const refuseMail = async (rig: Rig): Promise<void> => {
  await rig.mailProxy.become('refuse')
  rig.mailProxy.cut()
  await rig.sleep(3)
  await rig.mailProxy.become('pass')
}

const spoilMail = async (rig: Rig): Promise<void> => {
  const behaviours: Behaviour[] = ['451', 'greylist', 'tarpit', 'hang', 'cut-after-dot', 'accept']
  rig.mail.behave(Object.fromEntries([1, 2, 3, 4].map((number) => [`customer${number}@`, oneOf(behaviours)])))
  await rig.sleep(5)
  rig.mail.behave({})
}

/** Clients begin a request and send one byte every half second. */
const dawdle = async (rig: Rig, { url }: Service): Promise<void> => {
  const sockets = Array.from({ length: 50 }, () =>
    connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {}),
  )
  try {
    for (const letter of 'POST /api') {
      for (const socket of sockets) socket.write(letter)
      await rig.sleep(0.5)
    }
  } finally {
    for (const socket of sockets) socket.destroy()
  }
}

/**
 * Two programs on one database, with wrong clocks. Each part breaks again and again, at random and at the same time:
 * the database and the way to it, the programs, the mail server, a tenant, and the clients.
 */
export const everything: Drill = {
  number: 14,
  title: 'Everything at once',
  alone: true,
  async run(rig, isQuick) {
    const settings = { SMTP_TIMEOUT_SECONDS: '3', RATE_LIMIT_REQUESTS_PER_MINUTE: '0' }
    const services = [
      await rig.startService({ ...clock('10,-10'), ...settings }),
      await rig.startService({ ...clock('-10,10'), ...settings }),
    ]
    const restart = async (how: NodeJS.Signals): Promise<void> => {
      const service = oneOf(services)
      await service.kill(how)
      await service.start()
    }
    const faults: Record<string, Record<string, Fault>> = {
      database: {
        'backends terminated': () => terminateBackends(rig, 4),
        'COMMITs cut': () => cutCommits(rig),
        blackhole: () => blackhole(rig),
        'stopped immediate': () => stopDatabase(rig, 'immediate'),
        'stopped fast': () => stopDatabase(rig, 'fast'),
      },
      programs: {
        SIGKILL: () => restart('SIGKILL'),
        SIGTERM: () => restart('SIGTERM'),
        'clock set': async () => oneOf(services).program().send('SIGUSR2'),
      },
      mail: { 'mail refused': () => refuseMail(rig), 'mail spoilt': () => spoilMail(rig) },
      // The database can be away when this session wants to hold the counter, or can be stopped meanwhile.
      tenants: { 'counter held': () => holdCounterOf(rig, oneOf(desks).slug, 3).catch(() => rig.sleep(1)) },
      clients: { 'sockets dawdle': () => dawdle(rig, oneOf(services)) },
    }
    const counts = new Map<string, number>()
    const seconds = isQuick ? 10 : 300
    const rounds = async (kinds: Record<string, Fault>, until: number): Promise<void> => {
      // Each kind happens once, in random order, before a kind happens again.
      for (let left: string[] = []; Date.now() < until; await rig.sleep((isQuick ? 1 : 4) * (0.5 + Math.random()))) {
        if (left.length === 0) left = Object.keys(kinds).toSorted(() => Math.random() - 0.5)
        const kind = left.pop() ?? ''
        await kinds[kind]?.()
        counts.set(kind, (counts.get(kind) ?? 0) + 1)
      }
    }
    await rig.startLoad(services, { patienceMs: 60_000 })
    await rig.sleep(1)
    const end = rig.beginFault()
    const until = Date.now() + seconds * 1_000
    await Promise.all(Object.values(faults).map((kinds) => rounds(kinds, until)))
    end()
    await rig.sleep(isQuick ? 2 : 10)
    const cutAfterDot = (await rig.mail.lines()).filter(({ verdict }) => verdict === 'cut').length
    const count = (kind: string): number => counts.get(kind) ?? 0
    // At each of these, as many mails as jobs run at once can have waited for their 250.
    const interrupted = (count('SIGKILL') + count('SIGTERM')) * 10 + count('mail refused') * 20
    counts.set('mail cut after the dot', cutAfterDot)
    const note = [...counts].map(([kind, times]) => `${times} × ${kind}`).join(', ')
    return { repeats: interrupted + cutAfterDot, note }
  },
}
