import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

// Words and classes of the console that nobody uses, or that nobody made. Read as text.

const root = fileURLToPath(new URL('../../../src/console/', import.meta.url))

const files: [name: string, text: string][] = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(?:ts|svelte|html|svg|css)$/.test(name) && !/^(?:node_modules|dist|stories)\//.test(name))
  .filter((name) => !name.endsWith('.test.ts') && name !== 'api/types.ts')
  .map((name) => [name, readFileSync(root + name, 'utf8')])
const matching = (pattern: RegExp): [name: string, text: string][] => files.filter(([name]) => pattern.test(name))
const sheets = matching(/\.css$/)
const catalogues = matching(/\.words\.ts$/)

/** Every name that stands in a program or in markup. */
const namesIn = (texts: [string, string][]): Set<string> =>
  new Set(texts.flatMap(([, text]) => text.match(/[\w-]+/g) ?? []))

/** The English half of a catalogue. */
const englishOf = (text: string): string => text.split(/\n {2}de: \{|\nconst de\b/)[0] ?? ''

/** How a file calls the words of a catalogue: `w` of `const w = $derived(words())`, and `words()`. */
const callsOf = (text: string, imported: string): string[] => {
  const made = `(?:\\$derived\\()?${imported}\\(\\)`
  const kept = [...text.matchAll(new RegExp(`\\b(?:const|let) (\\w+) = ${made}\\)?(?![.\\w[])`, 'g'))].map(
    ([, name = '']) => name,
  )
  // const [w, t] = [words(), ticketWords()]
  const pairs = [...text.matchAll(/\bconst \[([\w, ]+)\] = \[([\w(), ]+)\]/g)].flatMap(
    ([, names = '', values = '']) => {
      const place = values.split(', ').indexOf(`${imported}()`)
      return place < 0 ? [] : [names.split(', ')[place] ?? '']
    },
  )
  return [...kept, ...pairs, `${imported}\\(\\)`]
}

/** The words of a catalogue that a file says as `w.word`: all its names, where it only knows the type or chooses one. */
const saidBy = ([file, text]: [string, string], catalogue: string): Set<string> => {
  const names = [...text.matchAll(/import (type )?\{([^}]*)\} from '(\.[^']+)'/g)]
    .filter(([, , , path = '']) => posix.join(posix.dirname(file), path) === catalogue)
    .flatMap(([, type = '', list = '']) => list.split(',').map((one) => type + (one.trim().split(/ as /).at(-1) ?? '')))
  if (names.some((name) => name.startsWith('type '))) return namesIn([[file, text]])
  const calls = names.flatMap((name) => callsOf(text, name)).join('|')
  if (calls === '') return new Set()
  if (new RegExp(`(?<![.\\w])(?:${calls})\\[`).test(text)) return namesIn([[file, text]])
  return new Set(
    [...text.matchAll(new RegExp(`(?<!\\w|(?<!\\.\\.)\\.)(?:${calls})\\.(\\w+)`, 'g'))].map(([, word = '']) => word),
  )
}

test('every word of a catalogue is said somewhere', () => {
  // Their words are found by a name of the API.
  const made = /^admin\/mail-kinds|^credentials\/scopes/
  const unused = catalogues
    .filter(([name]) => !made.test(name))
    .flatMap(([name, text]) => {
      const said = new Set(files.flatMap((file) => [...saidBy(file, name)]))
      const [top = ''] =
        /^ +(?=\w+:)/m.exec(englishOf(text).replace(/[\s\S]*?\n( {2}en: \{|const en\b[^\n]*)/, '')) ?? []
      const words = englishOf(text).matchAll(new RegExp(`^${top}(\\w+):`, 'gm'))
      return [...words]
        .filter(([, word = '']) => word !== 'en' && !said.has(word))
        .map(([, word]) => `${name}: ${word}`)
    })
  expect(unused).toEqual([
    // Found by a value: what a list shows, why a file did not go, what may be done with a tenant, how the line is.
    'admin/audit.words.ts: yes',
    'admin/audit.words.ts: no',
    'files/files.words.ts: cut',
    'files/files.words.ts: refused',
    'platform/platform.words.ts: change',
    'platform/platform.words.ts: resume',
    'platform/platform.words.ts: restore',
    'portal/portal.words.ts: solved',
    'portal/portal.words.ts: withUs',
    'shell/shell.words.ts: connecting',
    'shell/shell.words.ts: offline',
    'shell/shell.words.ts: suspended',
  ])
})

test('a count of one has its own sentence', () => {
  const plural = /\$\{(?:n|count|days|more|left|rows|done)\} [a-z]+s\b/
  const wrong = catalogues.flatMap(([name, text]) =>
    englishOf(text)
      .split(/\n(?= {2,4}\w+: )/)
      // A page of the list, and the days of the first page, are never one.
      .filter((entry) => plural.test(entry) && !/=== 1\b/.test(entry) && !/\bdays: number|\brows: number/.test(entry))
      .map((entry) => `${name}: ${entry.trim().split(':')[0]}`),
  )
  expect(wrong).toEqual([])
})

/** The classes and what else stands before the braces of a style sheet. */
const selectorsOf = (text: string): string[] =>
  [...text.replaceAll(/\/\*[\s\S]*?\*\/|url\([^)]*\)/g, '').matchAll(/([^{};]*)\{/g)].map(
    ([, selector = '']) => selector,
  )
const classesOf = (text: string): Set<string> =>
  new Set(
    selectorsOf(text).flatMap((selector) =>
      [...selector.matchAll(/\.(-?[A-Za-z_][\w-]*)/g)].map(([, name = '']) => name),
    ),
  )
const styled = new Set(sheets.flatMap(([, text]) => [...classesOf(text)]))
const programs = matching(/\.(?:ts|svelte|html|svg)$/).filter(([name]) => !name.endsWith('.words.ts'))

test('every class and property of a style sheet is used', () => {
  const named = namesIn(programs)
  /** What stands before a part that is put in at run time: `btn--{kind}`. */
  const beginnings = programs.flatMap(([, text]) => text.match(/[\w-]+--(?=\$?\{)/g) ?? [])
  const isUsed = (name: string): boolean => named.has(name) || beginnings.some((start) => name.startsWith(start))
  // Of the chart, which sets them itself.
  expect([...styled].filter((name) => !isUsed(name) && !name.startsWith('u-'))).toEqual([])

  const all = files.map(([, text]) => text).join('\n')
  const properties = new Set(sheets.flatMap(([, text]) => text.match(/(?<![\w-])--[\w-]+(?=\s*:)/g) ?? []))
  const unread = [...properties].filter((name) => !new RegExp(`(?<![\\w-])${name}(?![\\w-]|\\s*:)`).test(all))
  expect(unread).toEqual([])
})

test('every class of the markup has a style', () => {
  const bare = matching(/\.svelte$/).flatMap(([name, text]) => {
    const lists = [...text.matchAll(/\bclass="([^"]*)"/g)].map(([, list = '']) =>
      list.replaceAll(/\S*\{[^}]*\}\S*/g, ''),
    )
    const arrays = [...text.matchAll(/\bclass=\{\[([\s\S]*?)\]\}/g)].flatMap(([, list = '']) =>
      [...list.matchAll(/(?<![=!]== )'([\w -]+)'(?! \?)/g)].map(([, one = '']) => one),
    )
    const classes = [...lists, ...arrays].flatMap((list) => list.split(/\s+/)).filter((one) => one !== '')
    return [...new Set(classes)].filter((one) => !styled.has(one)).map((one) => `${name}: ${one}`)
  })
  expect(bare).toEqual([])
})

/** Every rule of a style sheet with what stands around it: `@media (…) / .list`. */
const rulesOf = (text: string): string[] => {
  const around: string[] = []
  return [...text.replaceAll(/\/\*[\s\S]*?\*\//g, '').matchAll(/([^{};]*)\{|\}/g)].flatMap(([brace, head]) => {
    if (brace === '}') around.pop()
    if (brace === '}') return []
    const place = [...around, (head ?? '').trim().replaceAll(/\s+/g, ' ')]
    around.push(place.at(-1) ?? '')
    return /^@/.test(place.at(-1) ?? '') ? [] : [place.join(' / ')]
  })
}

test('what a style sheet says of one thing stands in one place', () => {
  const places = sheets.flatMap(([name, text]) => rulesOf(text).map((rule) => ({ name, rule })))
  const twice = [...Map.groupBy(places, ({ rule }) => rule)].filter(([, all]) => all.length > 1)
  expect(twice.map(([rule, all]) => `${rule}: ${all.map(({ name }) => name).join(', ')}`)).toEqual([])
  expect(places.length).toBeGreaterThan(500)
})

/** The style sheets that every page has. The others come with a screen, and stay when it is left. */
const isCommon = (name: string): boolean => readFileSync(`${root}main.ts`, 'utf8').includes(`./${name}`)

test('a style sheet that comes with a screen changes nothing that other screens have, too', () => {
  const common = new Set(sheets.filter(([name]) => isCommon(name)).flatMap(([, text]) => [...classesOf(text)]))
  const wrong = sheets
    .filter(([name]) => !isCommon(name))
    .flatMap(([name, text]) =>
      rulesOf(text)
        .flatMap((rule) => (rule.split(' / ').at(-1) ?? '').split(/,(?![^(]*\))/))
        .filter((selector) => [...classesOf(`${selector}{`)].every((one) => common.has(one)))
        .map((selector) => `${name}: ${selector.trim()}`),
    )
  expect(wrong).toEqual([])
  expect(common.size).toBeGreaterThan(100)
})

test('a thing has one German name', () => {
  const german = matching(/\.words\.ts$|-words\.de\.ts$|event-names\.ts$/)
  // Verlauf, Bearbeiten, Ersatzcode, Verknüpfung, optional, Details, aufbewahrt.
  const others =
    /Historie|\bÄndern'|Wiederherstellungscode|Verbindungen des Tickets|freiwillig|Einzelheiten|Hier behalten/
  expect(german.filter(([, text]) => others.test(text)).map(([name, text]) => `${name}: ${others.exec(text)}`)).toEqual(
    [],
  )
  expect(german.length).toBeGreaterThan(40)
})
