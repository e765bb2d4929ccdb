import type { Browser, Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { expectAccessible } from './accessible.ts'
import { story } from './browser.ts'
import { watchContext } from './page-faults.ts'

// What holds the rig itself: each thing that must fail a story is seen, and what is right is let through.

const policy = [
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'",
  "base-uri 'self'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types none",
].join('; ')

const origin = 'http://127.0.0.1:9'

/** A page of its own with the strict policy, whose script and style are files, and what the rig found in it. */
const faultsOf = async (browser: Browser, files: { html?: string; js?: string }) => {
  const context = await browser.newContext()
  const faults = await watchContext(context, 'somebody', origin)
  await context.route('**/*', (route) => {
    const { pathname, origin: asked } = new URL(route.request().url())
    if (asked !== origin) return route.fulfill({ body: '' })
    if (pathname === '/app.js') return route.fulfill({ contentType: 'text/javascript', body: files.js ?? '' })
    if (pathname === '/broken') return route.fulfill({ status: 500, body: '' })
    if (pathname !== '/') return route.fulfill({ status: 404, body: '' })
    const body = `<!doctype html><html lang="en"><title>A page</title>${files.html ?? ''}<script defer src="/app.js"></script><body></html>`
    return route.fulfill({ contentType: 'text/html', headers: { 'content-security-policy': policy }, body })
  })
  const page = await context.newPage()
  await page.goto(origin)
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)))
  const found = await faults.found()
  await context.close()
  return found
}

describe.concurrent('a story fails on', () => {
  const wrong: [string, { html?: string; js?: string }, RegExp][] = [
    ['an error on the console', { js: 'console.error("odd")' }, /^somebody: console error: odd$/],
    ['an exception', { js: 'throw new Error("thrown")' }, /page error: Error: thrown/],
    ['a rejected promise', { js: 'Promise.reject(new Error("rejected"))' }, /page error: Error: rejected/],
    ['a style in the markup', { html: '<p style="color: red">x</p>' }, /The policy style-src-attr blocked inline/],
    ['a handler in the markup', { html: '<img src="/x" onerror="pwned = 1">' }, /The policy script-src-attr blocked/],
    ['markup from text', { js: 'document.body.innerHTML = "<b>x</b>"' }, /TrustedHTML/],
    ['an executed text', { js: 'window.pwned = "by a name"' }, /executed a hostile text: by a name/],
    ['a dialog', { js: 'alert(1)' }, /dialog: alert 1/],
    ['a request to another host', { js: 'location = "http://elsewhere.example"' }, /to elsewhere: http:\/\/elsewhere/],
    ['an error of the server', { js: 'fetch("/broken")' }, /GET http.*\/broken answered 500/],
    ['a file that is missing', { js: 'import("/gone.js").catch(() => {})' }, /\/gone.js answered 404/],
  ]
  story.for(wrong)('%s', async ([, files, pattern], { browser }) => {
    expect((await faultsOf(browser, files)).join('\n')).toMatch(pattern)
  })
})

story('a page that does nothing wrong has no faults, nor does a refusal of the API', async ({ browser }) => {
  expect(await faultsOf(browser, { js: 'fetch("/api/me"); console.warn("beware")' })).toEqual([])
})

describe.concurrent('a page is not accessible with', () => {
  const wrong: [string, string, RegExp][] = [
    ['a field without a name', '<main><h1>A heading</h1><input></main>', /label: Form elements must have labels/],
    [
      'too little contrast',
      '<main class="pale"><h1>A heading</h1><a href="/">a link</a></main>',
      /light: color-contrast/,
    ],
    [
      'too little contrast in the dark',
      '<main class="dim"><h1>A heading</h1><a href="/">a link</a></main>',
      /dark: color-contrast/,
    ],
    [
      'too wide a page',
      '<main><h1>A heading</h1><a href="/">a link</a><div class="wide">c</div></main>',
      /360 px: the page is/,
    ],
    [
      'a focus that is not shown',
      '<main><h1>A heading</h1><a class="bare" href="/">a link</a></main>',
      /shows no focus/,
    ],
    [
      'a focus that is covered',
      '<main><h1>A heading</h1><a href="/">a link</a><div class="lid">c</div></main>',
      /is covered by/,
    ],
    ['nothing for the keyboard', '<main><h1>A heading</h1></main>', /Tab leads nowhere/],
  ]
  const style = `<meta name="viewport" content="width=device-width"><style>
    .pale { color: #ccc; background: #fff } .wide { width: 600px } .bare:focus { outline: none }
    .lid { position: fixed; inset: 0; background: #fff }
    @media (prefers-color-scheme: dark) { body { background: #000; color: #fff } a { color: #9cf } .dim { color: #333 } }
    </style>`
  const openWith = async (browser: Browser, markup: string): Promise<Page> => {
    const page = await browser.newPage()
    await page.setContent(`<!doctype html><html lang="en"><title>A page</title>${style}<body>${markup}</body></html>`)
    return page
  }
  story.for(wrong)('%s', async ([, markup, pattern], { browser }) => {
    const page = await openWith(browser, markup)
    await expect(expectAccessible(page)).rejects.toThrow(pattern)
    await page.close()
  })
  story('and is accessible without any of them', async ({ browser }) => {
    const page = await openWith(browser, '<main><h1>A heading</h1><a href="/">a link</a></main>')
    await expectAccessible(page)
    await page.close()
  })
})
