import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { scenario } from '../../../src/testing/support/scene.ts'
import { dashboard } from './dashboard.ts'

const folder = fileURLToPath(new URL('.', import.meta.url))
const read = (name: string): string => readFileSync(`${folder}${name}`, 'utf8')
const rules = read('alerts.yaml')
const cases = read('alert-cases.yaml')

const namesOf = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, name = '']) => name)
const alerts = namesOf(rules, /^ +- alert: (\w+)$/gm)

/** The queries of the dashboard. */
const queries = (): string[] => JSON.stringify(dashboard()).match(/"expr":"(?:[^"\\]|\\.)*"/g) ?? []

/** The metrics that expressions name, histograms by their own name. */
const metricsIn = (text: string): string[] => {
  const names = namesOf(text, /\b((?:counterdesk|http|nodejs|process)_[a-z0-9_]+)\b(?=[{[)\] ,"\\]|$)/gm)
  return [...new Set(names.map((name) => name.replace(/^(http_\w+?)_(?:bucket|sum|count)$/, '$1')))].sort()
}
const expressions = rules.replaceAll(/^ *#.*$/gm, '')

test('the dashboard in the repository is what its code makes', () => {
  expect(JSON.parse(read('dashboard.json')), 'npm run dashboard writes it again').toEqual(
    JSON.parse(JSON.stringify(dashboard())),
  )
})

test('each alert has a section of operations.md that says what to do, and a case that fires it', () => {
  const operations = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8')
  expect(alerts.length).toBeGreaterThan(10)
  expect(namesOf(rules, /runbook: docs\/operations\.md#(\w+)$/gm)).toEqual(alerts.map((name) => name.toLowerCase()))
  expect(namesOf(operations, /^### (Counterdesk\w+)$/gm)).toEqual(alerts)
  for (const name of alerts) {
    expect(cases).toMatch(new RegExp(`alertname: ${name}\\n +eval_time: 80m\\n +exp_alerts:\\n +- exp_labels`))
    expect(cases).toContain(`alertname: ${name}, eval_time: 80m, exp_alerts: []`)
  }
})

test('the dashboard names only alerts that there are', () => {
  const named = namesOf(JSON.stringify(dashboard()), /\b(Counterdesk[A-Z]\w+)/g)
  expect(named.filter((name) => !alerts.includes(name))).toEqual([])
})

/** The page that Prometheus reads from the real program, once a request was answered. */
const pageOf = async (url: string): Promise<string> => {
  await fetch(`${url}/api/version`)
  return (await fetch(`${url}/metrics`)).text()
}

const promtool = (args: string[], input = ''): { status: number | null; said: string } => {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8', cwd: folder })
  return { status, said: `${stdout}${stderr}` }
}
const isThere = spawnSync('promtool', ['--version']).status === 0
if (!isThere)
  process.stderr.write('promtool is not here, so the alert rules were not tested; Debian has it in prometheus.\n')

scenario('every metric of the alerts and the dashboard is on the page of the real program', async ({ scene }) => {
  const { program } = await scene.startReady({ NATS_URL: 'nats://127.0.0.1:1' })
  const page = await pageOf(program.url)
  const there = new Set(namesOf(page, /^# TYPE (\w+) /gm))
  const wanted = [...metricsIn(expressions), ...metricsIn(queries().join('\n'))]
  expect(wanted.length).toBeGreaterThan(20)
  expect(wanted.filter((name) => !there.has(name))).toEqual([])
  if (!isThere) return
  // Names that the client library gives what Node says of itself.
  const node = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']
  const complaints = promtool(['check', 'metrics'], page).said.trim().split('\n').filter(Boolean)
  expect(complaints.map((line) => line.split(' ', 1)[0])).toEqual(node)
})

describe.skipIf(!isThere)('promtool', () => {
  test('finds the rules well formed', () => {
    const { status, said } = promtool(['check', 'rules', 'alerts.yaml'])
    expect(said).toContain(`SUCCESS: ${alerts.length} rules found`)
    expect(status).toBe(0)
  })

  test('fires each alert where everything is wrong, and none where all is well', () => {
    const { status, said } = promtool(['test', 'rules', 'alert-cases.yaml'])
    expect(status, said).toBe(0)
  })
})
