import { z } from 'zod'
import { publicEndpoint } from '../../identity/accounts/declare-endpoint.ts'
import { checkReadiness } from './health.service.ts'

const tag = 'Service'

/** The endpoints that tell about the program itself. */
export const healthRoutes = [
  publicEndpoint({
    method: 'get',
    path: '/health',
    can: 'anyone',
    unlimited: true,
    tag,
    summary: 'Ask whether the process lives',
    responds: { 200: z.object({ status: z.literal('ok') }) },
    handle: async () => ({ status: 'ok' as const }),
  }),
  publicEndpoint({
    method: 'get',
    path: '/ready',
    can: 'anyone',
    unlimited: true,
    tag,
    summary: 'Ask whether the program can take requests',
    description: '503 names in `away` what is missing: `database`, `migrations`, or `stopping`.',
    responds: { 200: z.object({ status: z.literal('ready') }) },
    fails: ['unavailable'],
    handle: async ({ app }) => {
      await checkReadiness(app)
      return { status: 'ready' as const }
    },
  }),
  publicEndpoint({
    method: 'get',
    path: '/openapi.json',
    can: 'anyone',
    unlimited: true,
    tag,
    summary: 'Read this document',
    responds: { 200: z.looseObject({ openapi: z.string() }) },
    handle: async ({ app }) => app.apiDocument(),
  }),
]
