import { isAlive } from '../../../src/platform/db/embedded/os-user.ts'
import { startBalancer } from '../balancer.ts'
import { answersOf } from '../ledger.ts'
import type { Drill, Rig } from '../rig.ts'
import type { Service } from '../service.ts'

/** SIGTERM to the end of the process, in order, and a new one. */
const restart = async (service: Service): Promise<void> => {
  const program = service.program()
  program.send('SIGTERM')
  const { code } = await program.exit()
  if (code !== 0) throw new Error(`a program that was told to stop ended with ${code}:\n${program.output()}`)
  await service.start()
}

/** Nothing dropped: of all answers there is none but 201, and none was left out. */
const refuseDropped = async (rig: Rig): Promise<void> => {
  await rig.stopLoad()
  const dropped = answersOf(await rig.readLedger()).filter(({ status }) => status === 0 || status >= 500)
  if (dropped.length === 0) return
  const causes = [...new Set(dropped.map(({ status, code }) => `${status} ${code}`))].join(', ')
  throw new Error(`${dropped.length} requests were dropped: ${causes}`)
}

/** The processes of a program that listen, the oldest first, by what it says. */
const processesOf = (service: Service): number[] =>
  [
    ...service
      .program()
      .output()
      .matchAll(/"process":(\d+),"msg":"a web process listens"/g),
  ]
    .map(([, pid]) => Number(pid))
    .filter(isAlive)

/** SIGTERM to the older of a program's processes, so many times: another one comes, and takes over. */
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

/** Two programs behind a balancer, told to stop by turns; then one with two processes, which are replaced by turns. */
export const rollingRestart: Drill = {
  number: 11,
  title: 'SIGTERM under load behind two processes',
  // The balancer is in this very process: were it busy with another drill, a request could cross the end of an idle
  // connection on its way, as no server can rule out (RFC 9112, 9.5).
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
      if (balancer.refused() > 0) throw new Error(`for ${balancer.refused()} connections nobody listened`)
    } finally {
      balancer.stop()
    }
    for (const service of services) await service.kill('SIGTERM')
    const replacements = isQuick ? 1 : rounds
    await replaceProcesses(rig, replacements, pauseSeconds)
    return { note: `${rounds} restarts behind a balancer, ${replacements} processes replaced on one port, 0 dropped` }
  },
}
