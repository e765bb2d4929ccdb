import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const folder = fileURLToPath(new URL('../../console/', import.meta.url))

/** The sources of the console, by their paths. */
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.(?:svelte|ts)$/.test(path))
  .filter((path) => !/(?:^|\/)(?:node_modules|dist|stories)\/|types\.ts$|\.test\.ts$/.test(path))
  .map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }))

/** What the policy of the page blocks, or what would let a text become markup, a script or an address of a script. */
const forbidden: [string, RegExp, string, string][] = [
  ['a style in the markup', /\sstyle="[^"{]*"/, '<p style="color: red">', '<p style="--depth: {depth}">'],
  ['a style sheet in a component', /<style\b/, '<style>p { color: red }</style>', '<p>style</p>'],
  ['markup from text', /\{@html\b/, '{@html ticket.subject}', '{ticket.subject}'],
  [
    'markup by script',
    /\b(?:innerHTML|outerHTML|srcdoc|insertAdjacentHTML|setHTMLUnsafe|createContextualFragment|document\.write)\b/,
    'node.innerHTML = subject',
    'node.textContent = subject',
  ],
  [
    'a script from text',
    /\beval\(|\bnew Function\(|javascript:|\bsetTimeout\(\s*['"`]/,
    'eval(text)',
    'evaluate(text)',
  ],
  ['a handler as an attribute of text', /\son[a-z]+="/, '<b onclick="go()">', '<b onclick={go}>'],
  ['a store of Svelte 4', /from 'svelte\/store'/, "import { writable } from 'svelte/store'", "from 'svelte'"],
]

describe('the sources of the console have nowhere', () => {
  test.for(forbidden)('%s', ([, pattern, wrong, right]) => {
    expect(wrong).toMatch(pattern)
    expect(right).not.toMatch(pattern)
    const found = sources.filter(({ text }) => pattern.test(text)).map(({ path }) => path)
    expect(found).toEqual([])
  })
  test('a part that is loaded later without a word for when it is missing, as after a deploy', () => {
    // A route gives its loader to `Screen`, and a shell its promise to an `{#await …}`, which both have the word.
    const isGiven = (text: string, at: number) =>
      /=> $/.test(text.slice(0, at)) || /\{#await (?!import)[\s\S]*?\{:catch/.test(text)
    const isSilent = (text: string, at: number) =>
      !(/catch\b/.test(text.slice(at, at + 300)) || /\{#await import\([^{]*\}[\s\S]*?\{:catch/.test(text)) &&
      !isGiven(text, at)
    const loads = sources.flatMap(({ path, text }) =>
      [...text.matchAll(/\bimport\('\./g)].map(({ index }) => ({ path, text, index })),
    )
    expect(loads.length).toBeGreaterThan(20)
    expect(loads.filter(({ text, index }) => isSilent(text, index)).map(({ path }) => path)).toEqual([])
    expect(isSilent("void import('./a.ts').then(({ a }) => a())", 5)).toBe(true)
    expect(isSilent("void import('./a.ts').then(({ a }) => a()).catch(told)", 5)).toBe(false)
  })
  test('and these are its sources', () => {
    const names = sources.map(({ path }) => path)
    expect(names).toContain('App.svelte')
    expect(names.filter((name) => name.endsWith('.svelte')).length).toBeGreaterThan(5)
  })
})
