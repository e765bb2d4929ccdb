import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openApiDocument } from '../../src/api-document.ts'
import { readOptions } from '../lib/options.ts'

// The types of the typed client in src/console/api. Their generator needs TypeScript 5, which is in that workspace
// only.

readOptions({ script: 'openapi:types', about: 'Writes src/console/api/types.ts from the API document.' })

const workspace = fileURLToPath(new URL('../../src/console', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'counterdesk-types-'))
const document = join(folder, 'openapi.json')
writeFileSync(document, JSON.stringify(openApiDocument('https://desk.example.com')))
const generator = join(workspace, 'node_modules/.bin/openapi-typescript')
execFileSync(generator, [document, '--output', join(workspace, 'api/types.ts')], { cwd: folder, stdio: 'inherit' })
rmSync(folder, { recursive: true })
