import { isAlive } from '../../../src/platform/db/embedded/os-user.ts'
import { startBalancer } from '../balancer.ts'
import { answersOf } from '../ledger.ts'
import type { Drill, Rig } from '../rig.ts'
import type { Service } from '../service.ts'

/** Ends a program by SIGTERM, which it must follow in order, and starts it again. */
const restart = async (service: Service): Promise<void> => {
  const program = service.program()
  program.send('SIGTERM')
  const { code } = await program.exit()
  if (code !== 0) throw new Error(`a program ended with exit code ${code} after SIGTERM:\n${program.output()}`)
  await service.start()
}

/** @throws Error when a request got no answer, or an answer of 500 and above. */
const refuseDropped = async (rig: Rig): Promise<void> => {
  await rig.stopLoad()
  const dropped = answersOf(await rig.readLedger()).filter(({ status }) => status === 0 || status >= 500)
  if (dropped.length === 0) return
  const causes = [...new Set(dropped.map(({ status, code }) => `${status} ${code}`))].join(', ')
  throw new Error(`${dropped.length} requests were dropped: ${causes}`)
}

/** The process ids of the processes of a program that listen, the oldest first, taken from its output. */
const processesOf = (service: Service): number[] =>
  [
    ...service
      .program()
      .output()
      .matchAll(/"process":(\d+),"msg":"a web process listens"/g),
  ]
    .map(([, pid]) => Number(pid))
    .filter(isAlive)

/** Ends the oldest process of a program by SIGTERM, `rounds` times. Each time another process must take over. */
const replaceProcesses = async (rig: Rig, rounds: number, pauseSeconds: number): Promise<void> => {
  const service = await rig.startService({ COUNTERDESK_PROCESSES: '2', LOG_LEVEL: 'info' })
  await rig.startLoad([service], { perSecond: 40, clients: 24 })
  for (let round = 0; round < rounds; round += 1) {
    await rig.sleep(pauseSeconds)
    const [oldest = 0] = processesOf(service)
    const end = rig.beginFault()
    process.kill(oldest, 'SIGTERM')
    await rig.until('a process was replaced', 30, async () => !isAlive(oldest) && processesOf(service).length === 2)
    end()
  }
  await rig.sleep(1)
  await refuseDropped(rig)
}

/** Restarts two programs behind a balancer by turns. Then replaces the two processes of one program by turns. */
export const rollingRestart: Drill = {
  number: 11,
  title: 'SIGTERM under load behind two processes',
  // The balancer is in this process. If another drill kept it busy, a request could cross the end of an idle
  // connection, which no server can exclude (RFC 9112, 9.5).
  alone: true,
  async run(rig, isQuick) {
    const rounds = isQuick ? 2 : 6
    const pauseSeconds = isQuick ? 1 : 10
    const services = [await rig.startService(), await rig.startService()]
    const balancer = await startBalancer(services.map((service) => service.program().port))
    try {
      const [first] = services
      if (first === undefined) throw new Error('no program')
      await rig.startLoad([{ ...first, url: balancer.url }], { perSecond: isQuick ? 40 : 100, clients: 24 })
      for (let round = 0; round < rounds; round += 1) {
        await rig.sleep(pauseSeconds)
        const end = rig.beginFault()
        await restart(services[round % services.length] as Service)
        end()
      }
      await rig.sleep(1)
      await refuseDropped(rig)
      if (balancer.refused() > 0) throw new Error(`no program listened for ${balancer.refused()} connections`)
    } finally {
      balancer.stop()
    }
    for (const service of services) await service.kill('SIGTERM')
    const replacements = isQuick ? 1 : rounds
    await replaceProcesses(rig, replacements, pauseSeconds)
    return { note: `${rounds} restarts behind a balancer, ${replacements} processes replaced on one port, 0 dropped` }
  },
}
