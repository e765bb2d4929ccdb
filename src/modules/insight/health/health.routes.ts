import { z } from 'zod'
import { publicEndpoint } from '../../identity/accounts/declare-endpoint.ts'
import { checkReadiness } from './health.service.ts'

const tag = 'Service'

/** The endpoints that tell about the program itself. */
export const healthRoutes = [
  publicEndpoint({
    id: 'getHealth',
    method: 'get',
    path: '/health',
    can: 'anyone',
    standing: 'always',
    tag,
    summary: 'Ask whether the process lives',
    responds: { 200: z.object({ status: z.literal('ok') }).meta({ id: 'Health' }) },
    handle: async () => ({ status: 'ok' as const }),
  }),
  publicEndpoint({
    id: 'getReadiness',
    method: 'get',
    path: '/ready',
    can: 'anyone',
    standing: 'always',
    tag,
    summary: 'Ask whether the program can take requests',
    description: '503 names in `away` what is missing: `database`, `migrations`, or `stopping`.',
    responds: { 200: z.object({ status: z.literal('ready') }).meta({ id: 'Readiness' }) },
    fails: ['unavailable'],
    handle: async ({ app }) => {
      await checkReadiness(app)
      return { status: 'ready' as const }
    },
  }),
  publicEndpoint({
    id: 'getApiDocument',
    method: 'get',
    path: '/openapi.json',
    can: 'anyone',
    standing: 'page',
    tag,
    summary: 'Read this document',
    description: 'Made once. Send its `ETag` in `If-None-Match`: while the document is the same, the answer is 304.',
    responds: { 200: z.looseObject({ openapi: z.string() }).meta({ id: 'ApiDocument' }), 304: null },
    responseHeaders: { ETag: 'The document, in the form of this Content-Encoding.', Vary: 'Accept-Encoding' },
    handle: ({ app }) => app.apiDocument(),
    answer: (kept) => ({ status: 200, kept }),
  }),
]
