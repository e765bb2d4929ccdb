import { endpoints } from '../../../src/modules.ts'
import type { Endpoint } from '../../../src/platform/http/endpoint.ts'
import { hookSettings } from '../drill-hooks.ts'
import { openRequests, type Reply } from '../drill-requests.ts'
import type { Drill } from '../rig.ts'

const atOnce = 50
/**
 * A request waits 2 s for a connection, up to three times: for its session, for a look-up and for its work. The rest is
 * for the noise of a busy machine.
 */
const fastMs = 8_000

const nameOf = ({ method, path }: Endpoint): string => `${method.toUpperCase()} ${path}`

/** Whether an answer says that the program is busy: no connection came free, or the account asks too much at once. */
const isBusy = ({ status }: Reply): boolean => status === 503 || status === 429

/**
 * These refusals are right here: there is no secret out of a mail and no code of a phone, the mail server has taken
 * every mail, and other requests have changed the ticket since what could be undone.
 */
const rightRefusals = [
  'invalid_reset_token',
  'invalid_confirmation_token',
  'invalid_registration_token',
  'invalid_unsubscribe_token',
  'undo_changed',
  'email_not_resendable',
  'delivery_not_found',
  'second_factor_missing',
  'invalid_challenge',
] as const

/** What is wrong with the answers of an endpoint. At least one must be a success, or say that the program is busy. */
const faultsOf = (endpoint: Endpoint, replies: Reply[]): string[] => {
  const name = nameOf(endpoint)
  const count = (isSo: (reply: Reply) => boolean): number => replies.filter(isSo).length
  const broken = count(({ status }) => status >= 500 && status !== 503)
  const slow = count(({ status, ms }) => status === 503 && ms > fastMs)
  const bare = count((reply) => isBusy(reply) && !reply.hasRetryAfter)
  const isServed = count((reply) => reply.status < 300 || isBusy(reply)) > 0
  // The program of the drill has no token of an operator, and nobody sends it a picture.
  const isOutOfReach = endpoint.can === 'operator' || endpoint.path.endsWith('/logo')
  const canBeServed = !isOutOfReach && !rightRefusals.some((code) => endpoint.fails?.includes(code))
  return [
    broken > 0 && `${name}: ${broken} answers of 500 and above`,
    slow > 0 && `${name}: ${slow} answers of 503 after more than ${fastMs} ms`,
    bare > 0 && `${name}: ${bare} answers of 503 or 429 without Retry-After`,
    canBeServed && !isServed && `${name} answers ${[...new Set(replies.map(({ status }) => status))].join(', ')}`,
  ].filter((fault) => fault !== false)
}

/**
 * Sends fifty requests at once to each endpoint, with two connections to the database and under load in other tenants.
 */
export const smallPool: Drill = {
  number: 9,
  title: 'a pool of 2, and 50 parallel requests of each endpoint',
  async run(rig, isQuick) {
    const service = await rig.startService({ DATABASE_POOL_SIZE: '2', ...hookSettings })
    const requests = await openRequests(service.url, 'north', () => rig.drain())
    await rig.startLoad([service], { perSecond: 10, clients: 8, tenants: ['east', 'south', 'west'] })
    const faults: string[] = []
    const replies: Reply[] = []
    const burst = async (endpoints: Endpoint[]): Promise<void> => {
      rig.signal.throwIfAborted()
      const count = Math.max(atOnce, endpoints.length)
      const asked = Array.from({ length: count }, (_, index) => endpoints[index % endpoints.length] as Endpoint)
      const answered = await Promise.all(
        asked.map(async (endpoint) => ({ endpoint, reply: await requests.ask(endpoint) })),
      )
      replies.push(...answered.map(({ reply }) => reply))
      for (const endpoint of new Set(endpoints)) {
        const own = answered.flatMap((one) => (one.endpoint === endpoint ? [one.reply] : []))
        faults.push(...faultsOf(endpoint, own))
      }
    }
    for (const endpoint of endpoints) await burst([endpoint])
    // With a slow database, most requests do not get a connection within two seconds.
    const begun = rig.beginFault()
    await rig.databaseProxy.become({ delayMs: 100 })
    const readings = endpoints.filter(({ method }) => method === 'get')
    if (isQuick) await burst(readings)
    else for (const endpoint of readings) await burst([endpoint])
    await rig.databaseProxy.become('pass')
    begun()
    if (faults.length > 0) throw new Error(faults.join('\n   '))
    const refused = replies.filter(isBusy)
    const slowest = Math.max(0, ...refused.map(({ ms }) => ms))
    return {
      note: `${replies.length} requests to ${endpoints.length} endpoints, ${refused.length} times 503 or 429, the slowest after ${(slowest / 1_000).toFixed(1)} s`,
    }
  },
}
