import { readdirSync, readFileSync } from 'node:fs'

const folder = new URL('../../docs/api/', import.meta.url)

const inOrder = new Intl.Collator('en', { numeric: true }).compare

/** The API document of the last release, as `docs/api` keeps it. */
export const lastReleased = (): { version: string; document: Record<string, unknown> } => {
  const versions = readdirSync(folder).flatMap((name) =>
    name.endsWith('.json') ? [name.slice(0, -'.json'.length)] : [],
  )
  const version = versions.toSorted(inOrder).at(-1)
  if (version === undefined) throw new Error('docs/api has the document of no release')
  return { version, document: JSON.parse(readFileSync(new URL(`${version}.json`, folder), 'utf8')) }
}
