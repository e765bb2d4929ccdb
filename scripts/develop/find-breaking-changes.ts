import { readFileSync } from 'node:fs'
import { openApiDocument } from '../../src/api-document.ts'
import { findBreaks, unnamedBreaks } from '../lib/breaking-changes.ts'
import { readOptions } from '../lib/options.ts'
import { lastReleased } from '../lib/released-documents.ts'

readOptions({
  script: 'openapi:breaking',
  about: 'Says what breaks clients of the last release, and fails on what CHANGELOG.md does not name.',
})

const { version, document } = lastReleased()
const breaks = findBreaks(document, openApiDocument('https://desk.example.com'))
const unnamed = new Set(unnamedBreaks(breaks, readFileSync(new URL('../../CHANGELOG.md', import.meta.url), 'utf8')))
for (const one of breaks) {
  console.log(`${unnamed.has(one) ? 'not in CHANGELOG.md: ' : ''}${one.operationId} (${one.path}): ${one.what}`)
}
console.log(`${breaks.length} breaks since ${version}; CHANGELOG.md names ${breaks.length - unnamed.size} of them.`)
if (unnamed.size > 0) process.exit(1)
