import { connect, type Socket } from 'node:net'
import { percentile } from '../../lib/statistics.ts'
import { answersOf } from '../ledger.ts'
import type { Drill } from '../rig.ts'

/** How a socket dawdles: what it sends first, what it does once a second, and when the server must have closed it. */
interface Kind {
  name: string
  first: string
  goOn: (socket: Socket) => void
  withinSeconds: number
}

const head = 'Host: desk\r\nContent-Type: application/json\r\n'
const kinds: Kind[] = [
  {
    name: 'header',
    first: `GET /api/health HTTP/1.1\r\n${head}X-Slow: `,
    goOn: (it) => it.write('x'),
    withinSeconds: 20,
  },
  {
    name: 'body',
    first: `POST /api/auth/login HTTP/1.1\r\n${head}Content-Length: 500\r\n\r\n{"user`,
    goOn: (it) => it.write('x'),
    withinSeconds: 45,
  },
  {
    name: 'reading',
    first: `GET /api/openapi.json HTTP/1.1\r\n${head}\r\n`.repeat(2),
    goOn: (it) => it.read(1),
    withinSeconds: 70,
  },
]

/** Opens a socket that dawdles until the server closes it, or `end` is called. */
const dawdle = (port: number, { first, goOn, withinSeconds }: Kind) => {
  const begin = performance.now()
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  const state = { closedAfter: null as number | null, end: () => void socket.destroy() }
  const timer = setInterval(() => goOn(socket), 1_000)
  socket.once('connect', () => socket.write(first))
  // A socket sees its end only when it has read everything. So at the limit it reads on, and the end must be there.
  const reading = setTimeout(() => socket.resume(), withinSeconds * 1_000)
  const over = (): void => {
    clearInterval(timer)
    clearTimeout(reading)
    state.closedAfter ??= (performance.now() - begin) / 1_000
    socket.destroy()
  }
  // An answer before the end of the request also ends the connection.
  socket.once('close', over).once('error', over)
  if (goOn !== kinds.at(-1)?.goOn) socket.once('end', over).resume()
  return state
}

/** Five hundred sockets send their header or body, or read their answer, one byte a second. */
export const slowClients: Drill = {
  number: 10,
  title: '500 sockets that dawdle in header, body and reading',
  alone: true,
  async run(rig, isQuick) {
    const service = await rig.startService()
    await rig.startLoad([service])
    await rig.sleep(2)
    const quietFrom = Date.now()
    await rig.sleep(isQuick ? 4 : 15)
    const end = rig.beginFault()
    const sockets = Array.from({ length: 500 }, (_, index) => {
      const kind = kinds[index % kinds.length] as Kind
      return { kind, state: dawdle(service.program().port, kind) }
    })
    // The cost of opening the sockets is not part of the measurement.
    await rig.sleep(3)
    const slowFrom = Date.now()
    // The short form waits for the sockets with slow headers only. The limits of the others are longer.
    const judged = sockets.filter(({ kind }) => !isQuick || kind === kinds[0])
    try {
      await rig.until('every socket that dawdles is closed', isQuick ? 30 : 100, async () =>
        judged.every(({ state }) => state.closedAfter !== null),
      )
    } finally {
      for (const { state } of sockets) state.end()
    }
    end()
    const slowTo = Date.now()
    const longest = (kind: Kind): number =>
      Math.max(...judged.flatMap((one) => (one.kind === kind ? [one.state.closedAfter ?? 0] : [])))
    const late = kinds.filter((kind) => longest(kind) > kind.withinSeconds + 5)
    if (late.length > 0) throw new Error(`closed too late: ${late.map(({ name }) => name).join(', ')}`)

    const answers = answersOf(await rig.readLedger())
    const during = answers.filter(({ at }) => at >= slowFrom && at < slowTo)
    const failed = during.filter(({ status }) => status !== 201)
    if (failed.length > 0) throw new Error(`${failed.length} requests of other clients failed`)
    const p99 = (some: typeof answers): number =>
      percentile(
        some.map(({ ms }) => ms),
        0.99,
      )
    const [quiet, slow] = [p99(answers.filter(({ at }) => at >= quietFrom && at < slowFrom)), p99(during)]
    // The note has the figures. This limit is beyond the noise of a busy machine.
    if (slow > Math.max(5 * quiet, 2_000))
      throw new Error(`p99 of other clients ${slow.toFixed(0)} ms, ${quiet.toFixed(0)} before`)
    const closed = kinds.filter((kind) => judged.some((one) => one.kind === kind))
    const after = closed.map((kind) => `${kind.name} ${longest(kind).toFixed(0)} s`).join(', ')
    return {
      note: `all closed (${after}), p99 of other clients ${quiet.toFixed(0)} ms before, ${slow.toFixed(0)} ms meanwhile`,
    }
  },
}
