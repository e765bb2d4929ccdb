import { fileURLToPath } from 'node:url'
import express, { Router } from 'express'
import { contextOf } from './request-context.ts'

const directory = fileURLToPath(new URL('.', import.meta.resolve('swagger-ui-dist/package.json')))

/**
 * The files of swagger-ui-dist that are served. The page of the package is not served, because it reads a document of
 * another host.
 */
const assets = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png']

/**
 * All files of npm packages have the same modification time, so only the size in the ETag differs between releases. A
 * browser asks again after an hour.
 */
const serveAsset = express.static(directory, { index: false, redirect: false, lastModified: false, maxAge: '1h' })

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

/** `/docs`: a page that shows `/openapi.json` beside it. It may be mounted at several paths. */
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
