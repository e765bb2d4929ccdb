import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { announceFirstAdmin } from '../../modules/identity/accounts/first-admin.service.ts'
import { type Desk, startDesk } from '../support/workspace.ts'

const password = 'a-printed-one-9'

let desk: Desk
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'counterdesk-guide-'))
  desk = await startDesk({ settings: { ADMIN_PASSWORD: password } })
})
afterAll(async () => {
  await desk?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Says the status and the address of every request on standard error. The desk of tests is not at its `PUBLIC_URL`. */
const tellingCurl = `curl() { command curl "\${@//$PUBLIC_URL/$DESK_URL}" -w '\\n%{stderr}%{http_code} %{method} %{url_effective}\\n'; }`

const run = (script: string): Promise<{ code: number; err: string }> =>
  new Promise((resolve) => {
    const { PUBLIC_URL } = desk.app.config
    const env = { PUBLIC_URL, DESK_URL: desk.url, PATH: `${join(process.execPath, '..')}:${process.env.PATH}` }
    const child = execFile('bash', ['--norc', '-euc', script], { cwd: folder, env }, (_error, _out, err) =>
      resolve({ code: child.exitCode ?? -1, err }),
    )
  })

test('the examples of the guide run one after the other, and only those that say so are refused', async () => {
  await announceFirstAdmin(desk.app)
  const guide = readFileSync(new URL('../../../docs/guide.md', import.meta.url), 'utf8')
  const examples = [...guide.matchAll(/^```bash\n([\s\S]*?)^```$/gm)]
    .map(([, code = '']) => code)
    .join('\n')
    .replace('http://localhost:5000', desk.url)
    .replaceAll('<the printed password>', password)
  const { code, err } = await run(`${tellingCurl}\n${examples}`)
  const answers = err.split('\n').filter((line) => /^\d{3} /.test(line))
  expect([code, err.split('\n').filter((line) => line !== '' && !answers.includes(line))]).toEqual([0, []])
  expect(answers.length).toBeGreaterThan(60)
  const refused = answers.filter((line) => Number(line.slice(0, 3)) >= 400)
  const announced = [...examples.matchAll(/# (4\d\d)\b/g)].map(([, status]) => status)
  expect(
    refused.map((line) => line.slice(0, 3)),
    refused.join('\n'),
  ).toEqual(announced)
})
