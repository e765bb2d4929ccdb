import { expect, test } from 'vitest'
import { readConfig } from '../config.ts'
import { createLog } from '../log.ts'
import { createOtlpTracer } from './otlp-tracer.ts'

const facts = { name: 'GET', kind: 'server', attributes: {} } as const
const caller = (flags: string): string => `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-${flags}`

/** Whether traces of these settings are recorded: one of our own, and those that callers do or do not record. */
const recorded = async (OTEL_TRACES_SAMPLER: string, OTEL_TRACES_SAMPLER_ARG = ''): Promise<boolean[]> => {
  const collector = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }
  const config = readConfig({ ...collector, OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG })
  const tracer = createOtlpTracer(config, createLog('silent'), () => {})
  const spans = [null, caller('01'), caller('00')].map((traceparent) => tracer.begin(facts, traceparent))
  await tracer.close()
  return spans.map(({ traceparent }) => traceparent.endsWith('-01'))
}

// `begin` decides; what has not ended is not sent, so nothing is called here.
test.each([
  ['', '', [true, true, false]],
  ['always_on', '', [true, true, true]],
  ['always_off', '', [false, false, false]],
  ['traceidratio', '0', [false, false, false]],
  ['traceidratio', '1', [true, true, true]],
  ['parentbased_always_off', '', [false, true, false]],
  ['parentbased_traceidratio', '0', [false, true, false]],
])('OTEL_TRACES_SAMPLER=%s with the share %s', async (sampler, share, expected) => {
  expect(await recorded(sampler, share)).toEqual(expected)
})
