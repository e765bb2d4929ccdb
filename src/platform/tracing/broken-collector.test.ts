import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { startOtlpListener } from '../../testing/peers/otlp-listener.ts'
import { issue } from '../../testing/support/create-tickets.ts'
import { createWorld } from '../../testing/support/people.ts'
import { expectStatus } from '../../testing/support/requests.ts'
import { undoing } from '../../testing/support/scene.ts'
import { until } from '../../testing/support/waiting.ts'
import { startDesk } from '../../testing/support/workspace.ts'
import { createLog } from '../log.ts'

/** What a collector does with a batch. `away`: nobody listens. */
const faults: Record<string, ((response: ServerResponse) => void) | null> = {
  hangs: () => {},
  'answers 500': (response) => void response.writeHead(500).end(),
  redirects: (response) => void response.writeHead(307, { location: '/elsewhere' }).end(),
  'is away': null,
}

for (const [what, answer] of Object.entries(faults)) {
  undoing.concurrent(`a collector that ${what} harms no request, and does not hold up the end`, async ({ undo }) => {
    const listener = await startOtlpListener()
    undo(() => listener.stop())
    if (answer === null) await listener.stop()
    else listener.answer(answer)
    const lines: string[] = []
    const log = createLog('info', { write: (line) => void lines.push(line) })
    const desk = await startDesk({ log, settings: { OTEL_EXPORTER_OTLP_ENDPOINT: listener.url } })
    let isStopped = false
    undo(async () => isStopped || desk.stop())
    const { cleo } = await createWorld(desk)
    // One after another, so that nothing waits for what is lost.
    for (let nth = 0; nth < 5; nth += 1) expectStatus(await cleo.post('/tickets', issue), 201)
    if (answer !== null) await until('a batch came', () => listener.received.length > 0)
    for (let nth = 0; nth < 5; nth += 1) expectStatus(await cleo.get('/tickets'), 200)
    expect(listener.received.filter(({ path }) => path !== '/v1/traces')).toEqual([])
    await desk.settled()
    const ended = Promise.race([desk.stop().then(() => 'stopped'), sleep(15_000, 'hangs', { ref: false })])
    isStopped = true
    expect(await ended).toBe('stopped')
    expect(lines.join('')).not.toContain('"level":"error"')
  })
}

undoing('the queue of spans is bounded, and the loss is counted and said once', async ({ undo }) => {
  const listener = await startOtlpListener()
  undo(() => listener.stop())
  listener.answer((response) => void response.writeHead(400).end())
  const lines: string[] = []
  const log = createLog('info', { write: (line) => void lines.push(line) })
  const desk = await startDesk({ log, withWorker: false, settings: { OTEL_EXPORTER_OTLP_ENDPOINT: listener.url } })
  undo(() => desk.stop())
  const { tracer } = desk.app
  const heldBack = 20_000
  for (let nth = 0; nth < heldBack; nth += 1) {
    tracer?.begin({ name: 'many', kind: 'client', attributes: {} }, null).end()
  }
  const lost = async () =>
    (await desk.app.metrics.traceBatches.get()).values.find(({ labels }) => labels.outcome === 'lost')
  await until('batches were lost', async () => ((await lost())?.value ?? 0) > 3)
  expect(listener.spans.length).toBeLessThanOrEqual(5_000)
  expect(lines.filter((line) => line.includes('takes no spans'))).toHaveLength(1)
})
