import { type Session, signIn } from '../../lib/sign-in.ts'
import { password } from '../drill-tenants.ts'
import type { Drill } from '../rig.ts'
import type { Service } from '../service.ts'

const requestsPerMinute = 600
/**
 * Settings that make the clock of a program fast by so many minutes. Each SIGUSR2 takes the next number of the list.
 */
export const clock = (minutes: string): Record<string, string> => ({
  NODE_OPTIONS: `--import=${new URL('../shifted-clock.ts', import.meta.url).href}`,
  FAULTS_CLOCK: minutes,
  RATE_LIMIT_REQUESTS_PER_MINUTE: String(requestsPerMinute),
})

const asCustomer = (service: Service, name: string): Promise<Session> => signIn(service.url, 'north', name, password)

const renew = async (service: Service, { refresh_token }: Session): Promise<Session> => {
  const response = await fetch(`${service.url}/api/auth/refresh`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ refresh_token }),
  })
  if (response.status !== 200) throw new Error(`renewing a token answers ${response.status}`)
  return (await response.json()) as Session
}

const ask = (service: Service, { token }: Session): Promise<Response> =>
  fetch(`${service.url}/api/auth/me`, { headers: { authorization: `Bearer ${token}` } })

/** How many minutes the clock of a program is ahead, by the tokens that it signs. */
const minutesAhead = async (service: Service): Promise<number> => {
  const { token } = await asCustomer(service, 'CUS0009')
  const [, claims = ''] = token.split('.')
  const { iat } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { iat: number }
  return Math.round((iat - Date.now() / 1_000) / 60)
}

/** A person who signs in at one program must be signed in at the other, and can exchange the token there. */
const checkSession = async (here: Service, there: Service): Promise<void> => {
  const session = await asCustomer(here, 'CUS0009')
  const renewed = await renew(there, session)
  for (const service of [here, there]) {
    const { status } = await ask(service, renewed)
    if (status !== 200) throw new Error(`a token of the other clock is answered ${status}`)
  }
}

/**
 * Sends requests until one is refused by the limit: at most for two minutes' worth, and with a wait of at most one
 * minute.
 */
const checkLimit = async (service: Service, account: string): Promise<void> => {
  const session = await asCustomer(service, account)
  for (let asked = 0; asked < requestsPerMinute * 2; asked += 20) {
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(service, session)))
    const refusal = answers.find(({ status }) => status === 429)
    await Promise.all(answers.map((answer) => answer.arrayBuffer()))
    const seconds = Number(refusal?.headers.get('retry-after') ?? 0)
    if (seconds > 60) throw new Error(`the limit of a minute says to come back in ${seconds} s`)
    if (refusal) return
  }
  throw new Error(`the limit of ${requestsPerMinute} requests does not hold`)
}

/**
 * Two programs on one database. One clock is ten minutes ahead, and the other is ten minutes behind. While the programs
 * run, the clocks are swapped, and then set right. Mails to some recipients are put off meanwhile, and must be sent
 * afterwards.
 */
export const clockWrong: Drill = {
  number: 13,
  title: 'Clock ± 10 minutes, and set while it runs',
  async run(rig, isQuick) {
    const services = [await rig.startService(clock('10,-10,0')), await rig.startService(clock('-10,10,0'))] as const
    const [ahead, behind] = services
    const shifts: string[] = []
    rig.mail.behave({ 'customer1@': '451' })
    await rig.startLoad([...services])
    for (const turn of [1, 2, 3]) {
      await rig.sleep(isQuick ? 1.5 : 10)
      const shift = await Promise.all(services.map(minutesAhead))
      shifts.push(shift.join('/'))
      await checkSession(ahead, behind)
      await checkSession(behind, ahead)
      if (turn === 1) await Promise.all([checkLimit(ahead, 'CUS0007'), checkLimit(behind, 'CUS0008')])
      if (turn === 3) break
      const end = rig.beginFault()
      for (const service of services) service.program().send('SIGUSR2')
      end()
    }
    await rig.stopLoad()
    rig.mail.behave({})
    const drainSeconds = await rig.drain()
    const lines = await rig.mail.lines()
    const putOff = lines.filter(({ verdict }) => verdict === '451').length
    const note = `minutes ahead: ${shifts.join(', ')}; ${putOff} mails put off, all there after ${drainSeconds?.toFixed(1) ?? '–'} s`
    if (shifts.join() !== '10/-10,-10/10,0/0' || putOff === 0) throw new Error(note)
    return { note }
  },
}
