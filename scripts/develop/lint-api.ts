import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openApiDocument } from '../../src/api-document.ts'
import { readOptions } from '../lib/options.ts'

readOptions({
  script: 'lint:api',
  about: "Holds the API document against Redocly's and Spectral's linters. A warning is a failure, too.",
})

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'counterdesk-lint-'))
const document = join(folder, 'openapi.json')
writeFileSync(document, JSON.stringify(openApiDocument('https://desk.counterdesk.test'), null, 2))

const linters: [name: string, ...args: string[]][] = [
  ['redocly', 'lint', document, '--config', join(root, 'redocly.yaml')],
  ['spectral', 'lint', document, '--ruleset', join(root, '.spectral.yaml'), '--fail-severity', 'hint'],
]

/** Nothing is told to the makers of the linters, and nobody asks for a newer version. */
const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }

const ends = linters.map(([name, ...args]) => {
  const { status } = spawnSync(join(root, 'node_modules/.bin', name), args, { cwd: root, env, stdio: 'inherit' })
  return status
})
rmSync(folder, { recursive: true })
if (ends.some((status) => status !== 0)) process.exit(1)
