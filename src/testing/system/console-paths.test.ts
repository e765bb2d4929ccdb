import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { context, templateNames } from '../../modules/channels/outgoing-mail/templates/sample-parameters.ts'
import { resetId, samples } from '../../modules/channels/outgoing-mail/templates/template-samples.ts'
import { renderMail } from '../../modules/channels/outgoing-mail/templates/templates.ts'
import { pages } from '../../modules.ts'

// Whoever follows a link of a mail, or an address that was served before, finds a screen of the console there. The
// routes of the console are read as text, because they import components.

const folder = fileURLToPath(new URL('../../console', import.meta.url))

const routes = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.routes.ts') && !name.startsWith('node_modules/'))
  .flatMap((name) => readFileSync(`${folder}/${name}`, 'utf8').match(/\bpath: '[^']+'/g) ?? [])
  .map((text) => text.slice("path: '".length, -1))

const isRoute = (path: string): boolean =>
  routes.some((route) => new RegExp(`^${route.replaceAll(/:\w+/g, '[^/]+')}$`).test(path))

const beside = pages.filter(({ isBesideConsole }) => isBesideConsole).map(({ path }) => path)

/** The paths that mails name, below `PUBLIC_URL`, and their headers, too. */
const mailed = templateNames.flatMap((name) => {
  const closing = { text: 'Because.', choose: 'Choose', stop: { label: 'Stop', emailId: resetId } }
  const { text, html } = renderMail(name, samples[name], { ...context, closing })
  const urls = `${text} ${html}`.match(/https?:\/\/[^\s"<>]+/g) ?? []
  return urls.map((url) => ({
    name,
    path: new URL(url).pathname.slice(new URL(context.publicUrl).pathname.length) || '/',
  }))
})

test('every link of every mail leads to a screen of the console', () => {
  expect(routes.length).toBeGreaterThan(10)
  expect(new Set(mailed.map(({ path }) => path)).size).toBeGreaterThan(4)
  const lost = mailed.filter(({ path }) => !isRoute(path) && !beside.includes(path))
  expect(lost.map(({ name, path }) => `${name}: ${path}`)).toEqual([])
})

test('every small page has a screen in its place, but for those that stand beside the console', () => {
  const lost = pages.map(({ path }) => path).filter((path) => !isRoute(path) && !beside.includes(path))
  expect(lost).toEqual([])
})

test('the addresses that earlier clients open in a browser are screens', () => {
  expect(['/auth/signup', '/auth/signin', '/auth/signout'].filter((path) => !isRoute(path))).toEqual([])
})
