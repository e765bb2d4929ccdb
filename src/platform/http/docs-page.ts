import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import express, { Router } from 'express'

const assets = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')))

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Counterdesk API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`

const start = `SwaggerUIBundle({ url: new URL('openapi.json', location.href).href, dom_id: '#swagger-ui', deepLinking: true })
`

/** `/docs`: a page that reads the API document. Everything on it comes from here; no script stands in the page itself. */
export const docsPage = Router({ strict: true })
  .get('/docs', (_req, res) => {
    res.set('Content-Security-Policy', "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:")
    res.type('html').send(page)
  })
  .get('/docs/', (_req, res) => res.redirect(301, '../docs'))
  .get('/docs/start.js', (_req, res) => {
    res.type('js').send(start)
  })
  .use('/docs', express.static(assets, { index: false, maxAge: '1d' }))
