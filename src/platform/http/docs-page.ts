import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import express, { Router } from 'express'
import { keptOnce, sendKept } from './kept-body.ts'
import { contextOf } from './request-context.ts'

const directory = fileURLToPath(new URL('.', import.meta.resolve('swagger-ui-dist/package.json')))

/** Serves the icon, which is compressed already. The page of the package reads another host's document: not served. */
const serveIcon = express.static(directory, { index: false, redirect: false, lastModified: false, maxAge: '1h' })

const textOf = (file: string) => (): string => readFileSync(join(directory, file), 'utf8')

/** Everything comes from this server. Swagger UI sets styles and has icons in `data:` URLs, but evaluates no code. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The page. `folder` is the relative path from the page to its assets. */
const pageAt = (folder: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API</title>
<link rel="stylesheet" href="${folder}swagger-ui.css">
<link rel="icon" type="image/png" href="${folder}favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="${folder}swagger-ui-bundle.js"></script>
<script src="${folder}start.js"></script>
</body>
</html>
`

/**
 * Shows the document beside the page. Requests go to the server of the page instead of the server in the document. The
 * server in the document may have another name, such as localhost for 127.0.0.1, and the policy above forbids requests
 * to it.
 */
const start = `const api = new URL('..', document.currentScript.src).href.replace(/\\/$/, '')
const element = document.getElementById('swagger-ui')

const show = async () => {
  const response = await fetch(api + '/openapi.json')
  if (!response.ok) throw new Error('status ' + response.status)
  const spec = { ...(await response.json()), servers: [{ url: api }] }
  document.title = spec.info.title + ' API'
  SwaggerUIBundle({ spec, domNode: element, deepLinking: true, validatorUrl: null, persistAuthorization: false })
}

show().catch((error) => {
  element.textContent = 'The API document at ' + api + '/openapi.json cannot be read: ' + error.message
})
`

/** What the page loads: the files of swagger-ui-dist, and the start of the page. */
const assets = {
  'swagger-ui.css': keptOnce('text/css; charset=utf-8', textOf('swagger-ui.css')),
  'swagger-ui-bundle.js': keptOnce('text/javascript; charset=utf-8', textOf('swagger-ui-bundle.js')),
  'start.js': keptOnce('text/javascript; charset=utf-8', () => start),
}

const pages = {
  beside: keptOnce('text/html; charset=utf-8', () => pageAt('')),
  above: keptOnce('text/html; charset=utf-8', () => pageAt('docs/')),
}

/** `/docs`: a page that shows `/openapi.json` beside it. It may be mounted at several paths. */
export const docsPage = Router({ caseSensitive: true })
  .get('/docs', async (req, res) => {
    contextOf(res).route = '/docs'
    res.set('Content-Security-Policy', contentSecurityPolicy)
    sendKept(req, res, await (req.path.endsWith('/') ? pages.beside : pages.above)())
  })
  .get('/docs/favicon-32x32.png', (req, res, next) => {
    contextOf(res).route = '/docs'
    req.url = req.url.slice('/docs'.length)
    serveIcon(req, res, next)
  })

for (const [name, kept] of Object.entries(assets)) {
  docsPage.get(`/docs/${name}`, async (req, res) => {
    contextOf(res).route = '/docs'
    sendKept(req, res, await kept())
  })
}
