import { tmpdir } from 'node:os'
import { createApp } from '../../src/app.ts'
import { createTenantWithAdmin } from '../../src/modules/identity/accounts/first-admin.service.ts'
import type { App } from '../../src/platform/app-context.ts'
import { readConfig } from '../../src/platform/config.ts'
import { startServer } from '../../src/platform/http/server.ts'
import { createLog } from '../../src/platform/log.ts'
import { openApplication } from '../../src/start/open-application.ts'
import { readOptions } from '../lib/options.ts'
import { signIn } from '../lib/sign-in.ts'
import { mean } from '../lib/statistics.ts'
import { openTemporaryCluster } from '../lib/temporary-cluster.ts'

// Does the time of a refused sign-in tell whether there is such an account? Sends wrong passwords for a known, an
// unknown and a deactivated name in turn, over HTTP, at the default cost of bcrypt. Exits with 1 when the means differ
// by more than 10 %. Then does the same with forgotten passwords, whose means are shown only: each is a commit to disk,
// which takes as long as the disk pleases.

readOptions({
  script: 'timing',
  about: 'Measures whether the time of a refused sign-in tells that an account exists. Ends with 1 when it does.',
})

const attempts = 100
const warmUps = 10
const passes = 3
const limit = 0.1
const slug = 'timing'
const password = 'correct-horse-7'

const settings = {
  NODE_ENV: 'test',
  JWT_SECRET: 'timing-only-5Rk7Zt2Np9Jc4Hd6Fs0Gm3Vb8Qx1Lw',
  LOG_LEVEL: 'warn',
  RATE_LIMIT_REQUESTS_PER_MINUTE: '0',
  RATE_LIMIT_SIGN_INS_PER_MINUTE: '0',
}

const send = async (url: string, method: string, path: string, body: unknown, headers = {}): Promise<Response> =>
  fetch(`${url}/api${path}`, {
    method,
    headers: { 'Content-Type': 'application/json', 'X-Tenant': slug, ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  })

/** A request that names an account: its path, its body, and the only status of its answer. */
interface Attempt {
  path: string
  bodyFor: (name: string) => unknown
  status: number
}

const signInAttempt: Attempt = {
  path: '/auth/login',
  bodyFor: (name) => ({ user_id_or_email: name, password: 'a-wrong-password' }),
  status: 401,
}
const forgottenPassword: Attempt = { path: '/auth/password/forgot', bodyFor: (email) => ({ email }), status: 202 }

/** How many milliseconds an attempt takes. */
const timeOf = async (url: string, { path, bodyFor, status }: Attempt, name: string): Promise<number> => {
  const begin = performance.now()
  const response = await send(url, 'POST', path, bodyFor(name))
  await response.text()
  if (response.status !== status) throw new Error(`${path} got ${response.status}`)
  return performance.now() - begin
}

/** Registers the known and the deactivated customer. Nobody has the unknown name. */
const prepare = async (url: string): Promise<Record<string, string>> => {
  const { token } = await signIn(url, slug, 'admin', password)
  const names = { known: 'known@example.com', unknown: 'nobody@example.com', deactivated: 'former@example.com' }
  for (const email of [names.known, names.deactivated]) {
    const registered = await send(url, 'POST', '/auth/register', { name: 'Cleo', email, password })
    const { customer } = (await registered.json()) as { customer: { customer_id: string } }
    if (email !== names.deactivated) continue
    const headers = { Authorization: `Bearer ${token}` }
    const gone = await send(url, 'DELETE', `/customers/${customer.customer_id}`, undefined, headers)
    if (gone.status !== 204) throw new Error(`deactivating got ${gone.status}`)
  }
  return names
}

type Times = Map<string, number[]>

/**
 * Makes an attempt with each kind of name in turn. Each kind is first equally often, so that other load on the machine
 * meets all.
 */
const measure = async (url: string, attempt: Attempt, names: Record<string, string>, times: Times): Promise<void> => {
  const kinds = Object.keys(names)
  for (let round = 0; round < attempts; round += 1) {
    for (let at = 0; at < kinds.length; at += 1) {
      const kind = kinds[(at + round) % kinds.length] ?? ''
      times.set(kind, [...(times.get(kind) ?? []), await timeOf(url, attempt, names[kind] ?? '')])
    }
  }
}

/** By which share the largest mean exceeds the smallest. */
const differenceOf = (times: Times): number => {
  const means = [...times.values()].map(mean)
  return Math.max(...means) / Math.min(...means) - 1
}

/** Measures up to three passes, because on a busy machine chance alone can make a difference. All passes count. */
const measureEnough = async (url: string, attempt: Attempt, names: Record<string, string>): Promise<Times> => {
  for (const name of Object.values(names)) for (let at = 0; at < warmUps; at += 1) await timeOf(url, attempt, name)
  const times: Times = new Map()
  for (let pass = 0; pass === 0 || (pass < passes && differenceOf(times) > limit); pass += 1) {
    await measure(url, attempt, names, times)
  }
  return times
}

/** Measures, shows the means, and answers with their largest difference. */
const compare = async (url: string, attempt: Attempt, names: Record<string, string>): Promise<number> => {
  const times = await measureEnough(url, attempt, names)
  const difference = differenceOf(times)
  console.log(`POST ${attempt.path}`)
  for (const [kind, all] of times) {
    console.log(`  ${kind.padEnd(12)} ${mean(all).toFixed(1)} ms, the mean of ${all.length}`)
  }
  console.log(`  the largest difference is ${(difference * 100).toFixed(1)} %`)
  return difference
}

const measureOn = async (app: App): Promise<void> => {
  const admin = { userId: 'admin', name: 'Ada', email: 'ada@example.com', password }
  await createTenantWithAdmin(app, { slug, name: 'Timing' }, admin)
  const web = await startServer(createApp(app), '127.0.0.1', 0)
  try {
    const address = `http://127.0.0.1:${web.port}`
    const names = await prepare(address)
    if ((await compare(address, signInAttempt, names)) > limit) process.exitCode = 1
    await compare(address, forgottenPassword, names)
  } finally {
    await web.stop(2_000)
  }
}

const { url, remove } = await openTemporaryCluster(tmpdir())
try {
  const config = readConfig(settings)
  const { app, close } = await openApplication({ config, log: createLog(config.LOG_LEVEL), url, migrates: true })
  await measureOn(app).finally(close)
} finally {
  await remove()
}
