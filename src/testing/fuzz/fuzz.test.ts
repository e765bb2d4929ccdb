import fc, { type IAsyncProperty } from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openApiDocument } from '../../api-document.ts'
import { createContract } from '../support/api-contract.ts'
import { createWorld, type World } from '../support/people.ts'
import { type Desk, startDesk } from '../support/workspace.ts'
import { bodyIn, type Client, createClient } from './client.ts'
import { curlOf } from './curl.ts'
import { type CallerName, type Cast, callerNames, createCast } from './fuzz-people.ts'
import { type Draft, draftsOf, type Request, requestOf } from './fuzz-requests.ts'
import { createJudge } from './judge.ts'
import { type Operation, operationsOf } from './operations.ts'
import { findingsOf } from './oracles.ts'
import { startTicket, ticketCommands } from './ticket-commands.ts'
import { newModel, statuses } from './ticket-model.ts'

// `npm run fuzz` sets these. Without them the cases are the same every time, so that the suite always gives the same
// result.
const { FUZZ_CASES, FUZZ_SEED = '20261121', FUZZ_ONLY, FUZZ_PATH } = process.env
const cases = Number(FUZZ_CASES ?? 2_000)
const seed = Number(FUZZ_SEED)
const isLong = FUZZ_CASES !== undefined
const lanes = 6
const enoughFailures = 10
const timeoutMs = isLong ? 24 * 3_600_000 : 240_000

const document = openApiDocument('https://desk.example.com')
const contract = createContract(document)
const operations = operationsOf(document)
const judge = createJudge()

let desk: Desk
let client: Client
let cast: Cast
/** Two more tenants, whose tickets only the ticket commands touch. */
let world: World
let other: World
/** How often each outcome was reached. */
const reached = new Map<string, number>()
const count = (what: string): void => void reached.set(what, (reached.get(what) ?? 0) + 1)
let done = 0
const failures: string[] = []

beforeAll(async () => {
  // The counts of callers are kept, by whatever address a caller claims.
  const settings = {
    TRUST_PROXY: '1',
    RATE_LIMIT_REQUESTS_PER_MINUTE: '1000000',
    RATE_LIMIT_SIGN_INS_PER_MINUTE: '1000000',
  }
  desk = await startDesk({ withWorker: false, settings })
  client = createClient(desk.url)
  cast = await createCast(desk)
  world = await createWorld(desk)
  other = await createWorld(desk)
})
afterAll(async () => {
  client?.close()
  await desk?.stop()
})

/** After these requests the caller is no longer signed in, or has another password than the tried password. */
const endsSession = /^POST \/(?:auth\/logout|auth\/password\/change|users\/signout)$/

/**
 * A change of the settings that leaves the other requests their way: else nobody could register any more, and the staff
 * could do nothing without a second factor.
 */
const tamed = (operation: Operation, request: Request): Request => {
  if (operation.name !== 'PATCH /settings' || request.body === null) return request
  const text = request.body
    .toString('latin1')
    .replace('"second_factor_required":true', '"second_factor_required":false')
  const body = Buffer.from(
    text.replace(/"registration":"(?:confirmed|by_domain|closed)"/, '"registration":"open"'),
    'latin1',
  )
  return { ...request, body }
}

const runCase = async (operation: Operation, caller: CallerName, draft: Draft): Promise<void> => {
  await cast.prepare(caller, operation.name)
  const person = await cast.person(caller)
  const { canary: foreignCanary } = cast.homeOf(
    caller === 'admin of another tenant' ? 'admin' : 'admin of another tenant',
  )
  const credentials: Record<string, string> =
    person === null ? { 'X-Tenant': cast.homeOf(caller).slug } : person.headers
  const isCookie = person !== null && draft.carrier === 'cookie'
  const carried = isCookie ? { Cookie: `__Host-counterdesk_session=${person.token}` } : credentials
  const request = tamed(
    operation,
    requestOf(operation, draft, carried, (live) => cast.find(caller, live, operation.name)),
  )
  const faults = judge(operation, request)
  const answer = await client
    .send(request)
    .catch((error: unknown) => ({ status: 0, headers: new Headers(), text: String(error) }))
  const findings = findingsOf(contract, {
    operation,
    request,
    answer,
    faults,
    isSignedIn: person !== null,
    foreignCanary,
  })
  done += 1
  if (findings.length > 0) throw new Error([...findings, curlOf(client.origin, request)].join('\n  '))
  const { status, text } = answer
  const isSuccess = status < 300
  count(`${operation.name}: ${faults?.length === 0 ? 'valid' : 'invalid'}, ${Math.floor(status / 100)}xx`)
  if (isSuccess && text !== '') cast.harvest(caller, bodyIn(answer))
  const isSpent = text.includes('"invalid_token"') || (isSuccess && endsSession.test(operation.name))
  if (person && isSpent) cast.renew(caller, person)
}

/** A property, and how often it is tried. */
interface Job {
  name: string
  runs: number
  property: IAsyncProperty<unknown>
}

/** Whether the caller may do such a thing at all. Most of the cases are for those. */
const isMeant = ({ roles }: Operation, caller: CallerName): boolean =>
  roles === null || roles.includes(caller === 'admin of another tenant' ? 'admin' : caller)

const requestJobs: Job[] = operations.flatMap((operation) => {
  const drafts = draftsOf(operation)
  return callerNames.map((caller) => ({
    name: `${operation.name} by ${caller}`,
    runs: isMeant(operation, caller) ? 11 : 2,
    property: fc.asyncProperty(drafts, (draft) => runCase(operation, caller, draft)) as IAsyncProperty<unknown>,
  }))
})

const countCommand = (what: string): void => {
  done += 1
  count(`a ticket: ${what}`)
}
const ticketJob: Job = {
  name: 'the life of a ticket',
  runs: 4,
  property: fc.asyncProperty(ticketCommands, (commands) =>
    fc.asyncModelRun(
      async () => ({ model: { ...newModel }, real: await startTicket(world, other, countCommand) }),
      commands,
    ),
  ) as IAsyncProperty<unknown>,
}
const jobs = [...requestJobs, ...Array.from({ length: 12 }, () => ticketJob)]

const run = async ({ name, runs, property }: Job, ownSeed: number, path?: string): Promise<void> => {
  const { failed, errorInstance, counterexample, counterexamplePath } = await fc.check(property, {
    seed: ownSeed,
    path,
    numRuns: runs,
  })
  if (!failed) return
  const shown = name === ticketJob.name ? `\n  ${fc.stringify(counterexample)}` : ''
  const again = `npm run fuzz -- --only '${name}' --seed ${ownSeed} --path ${counterexamplePath}`
  failures.push(`${name}: ${errorInstance}${shown}\n  again: ${again}`)
}

/**
 * Runs every operation by every caller, and the lives of tickets, in a random order, several at a time. What the rounds
 * before have not reached is tried five times as often.
 */
const runRound = async (first: number): Promise<void> => {
  await cast.stock()
  const missing = done === 0 ? [] : unreached()
  const isMissing = ({ name }: Job): boolean => missing.some((what) => name.startsWith(`${what.split(':')[0]} by `))
  const [order = []] = fc.sample(fc.shuffledSubarray(jobs, { minLength: jobs.length }), { seed: first, numRuns: 1 })
  const queue = order.map((job, at) => ({ job, ownSeed: first + at }))
  const work = async (): Promise<void> => {
    for (let next = queue.pop(); next && failures.length < enoughFailures; next = queue.pop())
      await run(isMissing(next.job) ? { ...next.job, runs: next.job.runs * 5 } : next.job, next.ownSeed)
  }
  await Promise.all(Array.from({ length: lanes }, work))
}

const begin = performance.now()
const report = (): void => {
  if (!isLong) return
  const minutes = ((performance.now() - begin) / 60_000).toFixed(1)
  process.stderr.write(`${done} of ${cases} cases in ${minutes} minutes, ${failures.length} failures (seed ${seed})\n`)
}

/** The fuzzer has no phone, so it never has a right code. */
const onPhone: ReadonlySet<string> = new Set([
  'POST /auth/login/second-factor',
  'POST /me/second-factor/confirm',
  'POST /me/second-factor/recovery-codes',
])

/** The fuzzer has no token of the operator, and sends no pictures. */
const isOutOfReach = (name: string): boolean => / \/tenants\b|\/logo$/.test(name)

/**
 * The outcomes that were never reached. The fuzzer proves something only if every operation has succeeded and has
 * refused what is invalid.
 */
const unreached = (): string[] => {
  const ofOperations = operations.flatMap(({ name, isSigned }) =>
    isSigned || onPhone.has(name) || isOutOfReach(name)
      ? [`${name}: valid, 4xx`, `${name}: invalid, 4xx`]
      : [`${name}: valid, 2xx`, `${name}: invalid, 4xx`],
  )
  const ofTickets = [
    ...statuses.map((status) => `status ${status}`),
    ...['put 412', 'put 422', 'patch 428', 'reopen 200', 'close 200', 'delete 204', 'restore 200'],
  ]
  return [...ofOperations, ...ofTickets.map((what) => `a ticket: ${what}`)].filter((what) => !reached.has(what))
}

/** Runs rounds until there are enough cases, and a few more when not every outcome was reached. */
const runAll = async (): Promise<void> => {
  const atMost = Math.max(cases, 8_000)
  for (let first = seed; failures.length < enoughFailures; first += jobs.length) {
    await runRound(first)
    report()
    if (done >= cases && (unreached().length === 0 || done >= atMost)) return
  }
}

/** Runs one failure again, as it was reported. */
const runOnly = async (name: string): Promise<void> => {
  const only = jobs.find((job) => job.name === name)
  if (only === undefined) throw new Error(`there is no ${name}`)
  await cast.stock()
  await run(only, seed, FUZZ_PATH)
}

test('no request gets an answer that the API document does not know, or anything that is not the caller’s', {
  timeout: timeoutMs,
}, async () => {
  await (FUZZ_ONLY === undefined ? runAll() : runOnly(FUZZ_ONLY))
  expect(failures.join('\n\n')).toBe('')
  if (FUZZ_ONLY !== undefined) return
  expect(done).toBeGreaterThanOrEqual(cases)
  expect(unreached()).toEqual([])
  for (const name of ['admin', 'admin of another tenant'] as const) {
    expect(await cast.countCanaries(name), name).toBeGreaterThan(0)
  }
})
