import { expect } from 'vitest'
import { startOtlpListener } from '../../testing/peers/otlp-listener.ts'
import { issue } from '../../testing/support/create-tickets.ts'
import { createWorld } from '../../testing/support/people.ts'
import { expectStatus } from '../../testing/support/requests.ts'
import { scenario } from '../../testing/support/scene.ts'
import { startDesk } from '../../testing/support/workspace.ts'

const twoPrograms = { timeout: 60_000 }

/** Makes a program name each package of OpenTelemetry that it loads, but for the types that prom-client brings. */
const naming = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  registerHooks({
    resolve(specifier, context, next) {
      if (/^@opentelemetry[/](?!api$)/.test(specifier)) process.stderr.write('loads ' + specifier + '\\n')
      return next(specifier, context)
    },
  })`)}`

scenario('no package of OpenTelemetry is loaded while traces are off', twoPrograms, async ({ scene }) => {
  const listener = await startOtlpListener()
  scene.undo(() => listener.stop())
  const NODE_OPTIONS = `--import=${naming}`
  const { program: off } = await scene.startReady({ NODE_OPTIONS })
  expect(off.output()).not.toContain('loads ')
  const { program: on } = await scene.startReady({ NODE_OPTIONS, OTEL_EXPORTER_OTLP_ENDPOINT: listener.url })
  expect(on.output()).toContain('loads @opentelemetry/sdk-trace')
})

/** The statements with which a desk creates a ticket, by their texts. */
const statementsOf = async (scene: { undo: (step: () => Promise<unknown>) => void }, settings = {}) => {
  const desk = await startDesk({ settings, withWorker: false })
  scene.undo(() => desk.stop())
  const { cleo } = await createWorld(desk)
  const texts: string[] = []
  desk.app.pool.on('acquire', (client) => {
    if ('isWatched' in client) return
    const query = client.query.bind(client)
    Object.assign(client, {
      isWatched: true,
      query: (first: { text: string } | string, ...more: []) => {
        texts.push(typeof first === 'string' ? first : first.text)
        return query(first as string, ...more)
      },
    })
  })
  expectStatus(await cleo.post('/tickets', issue), 201)
  return texts.filter((text) => text.includes('insert into'))
}

scenario(
  'while traces are off, statements do not name them, and no more are sent while they are on',
  async ({ scene }) => {
    const listener = await startOtlpListener()
    scene.undo(() => listener.stop())
    const off = await statementsOf(scene)
    const on = await statementsOf(scene, { OTEL_EXPORTER_OTLP_ENDPOINT: listener.url })
    expect(off.length).toBeGreaterThan(0)
    expect(off.join()).not.toContain('traceparent')
    expect(on.join()).toContain('traceparent')
    expect(on).toHaveLength(off.length)
  },
)
