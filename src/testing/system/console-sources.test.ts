import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

// What the browser of a person loads, read as text: what it may import, and from where it comes.
// `console-markup.test.ts` holds what the policy of its page forbids.

const root = fileURLToPath(new URL('../../../', import.meta.url))

interface Source {
  path: string
  text: string
  lines: number
}

/** Tests and stories start the whole program, so they may import all of it. */
const isTest = (name: string): boolean => /\.test\.ts$|^stories\//.test(name)

const sources: Source[] = readdirSync(join(root, 'src/console'), { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(?:ts|svelte|html|css)$/.test(name) && !/^(?:node_modules|dist)\//.test(name) && !isTest(name))
  .map((name) => {
    const path = `src/console/${name}`
    const text = readFileSync(join(root, path), 'utf8')
    return { path, text, lines: text.trimEnd().split('\n').length }
  })

const matching = (what: RegExp, files = sources): string[] =>
  files.filter(({ text }) => what.test(text)).map(({ path }) => path)

const statement = /(?:^|\n)\s*(?:import|export)\s([^'"`;]*?\bfrom\s+)?'(\.[^']+)'|\bimport\('(\.[^']+)'\)/g

/** The imports of a file that leave the folder of the console, as `offender → file`, with types told apart. */
const leaving = ({ path, text }: Source): { name: string; isType: boolean }[] =>
  [...text.matchAll(statement)].flatMap(([, clause = '', named, loaded]) => {
    const file = join(dirname(path), named ?? loaded ?? '')
    return file.startsWith('src/console/')
      ? []
      : [{ name: `${path} → ${file}`, isType: /^type\b/.test(clause.trimStart()) }]
  })

test('the reader of this test tells imports of types apart', () => {
  const text = "import type { A } from '../../contract/a.ts'\nimport { type B, c } from '../../b.ts'\nimport './d.ts'"
  expect(leaving({ path: 'src/console/lib/a.ts', text, lines: 3 })).toEqual([
    { name: 'src/console/lib/a.ts → src/contract/a.ts', isType: true },
    { name: 'src/console/lib/a.ts → src/b.ts', isType: false },
  ])
  expect(sources.length).toBeGreaterThan(2)
})

test('the console takes nothing but types of the program', () => {
  expect(sources.flatMap(leaving).filter(({ isType }) => !isType)).toEqual([])
})

/** What a role or a screen is about. What several areas need stands in the folders beside them. */
const areas = ['account', 'admin', 'desk', 'platform', 'portal', 'session', 'shell']
const folderOf = (path: string): string => /^src\/console\/([^/]+)\//.exec(path)?.[1] ?? ''

/** The imports of a file within the console. `isLazy`: loaded when it is needed first. */
const within = ({ path, text }: Source): { name: string; from: string; to: string; isLazy: boolean }[] =>
  [...text.matchAll(statement)].map(([, , named, loaded]) => {
    const file = join(dirname(path), named ?? loaded ?? '')
    return { name: `${path} → ${file}`, from: folderOf(path), to: folderOf(file), isLazy: named === undefined }
  })

test('an area imports no other area, and what they share imports none of them', () => {
  const imports = sources.flatMap(within)
  expect(imports.length).toBeGreaterThan(500)
  // The frames show over every screen what belongs to the desk, and load it only then.
  const isFrame = (from: string, isLazy: boolean): boolean => from === 'shell' && isLazy
  const wrong = imports.filter(
    ({ from, to, isLazy }) => from !== '' && areas.includes(to) && from !== to && !isFrame(from, isLazy),
  )
  expect(wrong.map(({ name }) => name)).toEqual([])
})

test('nothing of the console comes from another host, and no secret is kept where a script finds it', () => {
  const loaders = /(?:\bsrc|\bhref)\s*=\s*["']https?:|url\(\s*["']?(?:https?:|\/\/)|@import\s|fetch\(\s*["'`]https?:/
  expect(matching(loaders)).toEqual([])
  expect(matching(/document\.cookie/)).toEqual([])
})

/** Below how many lines a file stays: a list of words in two languages and a style sheet are read by looking things up. */
const boundOf = (path: string): number => {
  if (/\.css$|\.words\.ts$/.test(path)) return 500
  return path.endsWith('.svelte') ? 200 : 300
}

test('every file is short enough to be read in one go', () => {
  // Nobody reads what is generated.
  const long = sources.filter(({ path, lines }) => lines >= boundOf(path) && path !== 'src/console/api/types.ts')
  expect(long.map(({ path, lines }) => `${path}: ${lines} lines`)).toEqual([])
})
