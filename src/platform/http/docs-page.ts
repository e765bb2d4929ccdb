import { fileURLToPath } from 'node:url'
import express, { Router } from 'express'
import { contextOf } from './request-context.ts'

const directory = fileURLToPath(new URL('.', import.meta.resolve('swagger-ui-dist/package.json')))

/** Of its folder only these: it also has a page of its own, which reads a document on another host. */
const assets = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png']

/**
 * Files of npm packages all have the same time, so only their size (in the ETag) tells one release from the next; an
 * hour later a browser asks.
 */
const serveAsset = express.static(directory, { index: false, redirect: false, lastModified: false, maxAge: '1h' })

/** Everything comes from here. Swagger UI sets styles and has its icons in `data:` URLs; it evaluates nothing. */
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

/** The page; `folder` is where its assets are, seen from its own address. */
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
 * Shows the document beside the page. Requests go to where the page came from, whatever the document says: its address
 * may be another one, such as localhost for 127.0.0.1, to which the policy above forbids requests.
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

/** `/docs`: a page that reads the document at `/openapi.json` beside it. It may be mounted in several places. */
export const docsPage = Router({ caseSensitive: true })
  .get('/docs', (req, res) => {
    contextOf(res).route = '/docs'
    res.set({ 'Content-Security-Policy': contentSecurityPolicy, 'Cache-Control': 'no-cache' })
    res.type('html').send(pageAt(req.path.endsWith('/') ? '' : 'docs/'))
  })
  .get('/docs/start.js', (_req, res) => {
    contextOf(res).route = '/docs'
    res.set('Cache-Control', 'no-cache').type('js').send(start)
  })
  .get(
    assets.map((asset) => `/docs/${asset}`),
    (req, res, next) => {
      contextOf(res).route = '/docs'
      req.url = req.url.slice('/docs'.length)
      serveAsset(req, res, next)
    },
  )
