import { Router } from 'express'
import { version } from '../version.ts'
import { contextOf } from './request-context.ts'

/**
 * `/version` says which version of the program answers. `/api-docs`, where many small systems have the page of their
 * API, leads to ours; the address is relative, for proxies that cut off a part of the path. The pages may be mounted at
 * `/` and below the API.
 */
export const smallPages = Router({ caseSensitive: true })
  .get('/version', (_req, res) => {
    contextOf(res).route = '/version'
    res.set('Cache-Control', 'no-store').json({ version })
  })
  .get('/api-docs', (req, res) => {
    contextOf(res).route = '/api-docs'
    const target = req.baseUrl === '' ? 'api/docs' : 'docs'
    res.redirect(308, req.path.endsWith('/') ? `../${target}` : target)
  })
