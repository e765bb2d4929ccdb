import { z } from 'zod'
import { pageRequest } from '../../../platform/paging.ts'
import { moment } from '../../../platform/schemas.ts'
import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { AuditList, AuditQuery } from './audit.schemas.ts'
import { auditOrder, listAudit } from './audit.service.ts'
import { Verification, VerifyQuery } from './chain.schemas.ts'
import { verifyChain } from './chain.service.ts'

const tag = 'Audit'
const auditKey = z.tuple([moment, z.int().nonnegative()])

export const auditRoutes = [
  endpoint({
    id: 'listAuditEvents',
    method: 'get',
    path: '/audit',
    can: 'audit:read',
    tag,
    summary: 'List what happened and who did it',
    description:
      'Newest first: changes of tickets and accounts, sign-ins, failed sign-ins, acts of admins. An event is listed once ' +
      'it has its position, a moment after it happened. Reading the audit is not recorded.',
    query: AuditQuery,
    responds: { 200: AuditList },
    fails: ['query_too_broad'],
    handle: async ({ app, actor, query }) => {
      const request = pageRequest(query, auditOrder, auditKey)
      const { rows, page } = await listAudit(app, actor, query, request)
      return { events: rows, page }
    },
  }),
  endpoint({
    id: 'verifyAudit',
    method: 'get',
    path: '/audit/verify',
    can: 'audit:read',
    tag,
    summary: 'Verify that no event was changed after it was recorded',
    description:
      'Walks the chain of the events and names its first break. The hash of an event is SHA-256 over the hash of the event ' +
      'before (32 bytes; for the first event SHA-256 of `counterdesk events 1, tenant <id>`) and its canonical form in ' +
      'UTF-8: the JSON array `[tenant_id, position, event_id, type, subject_id, subject_version, actor_id, actor_role, ' +
      'request_id, quiet, occurred_at, content_digest]` with a comma and a space between members, the time in ISO 8601 ' +
      'UTC with milliseconds, the digest in hexadecimal. `content_digest` is SHA-256 over a random salt of 16 bytes and ' +
      'the JSON array `[changes, details]`, so that these can be erased without breaking the chain. In the chain `event_id` ' +
      'is a number of the database, which no answer shows, because it would tell what happens in other tenants. A chain that was ' +
      'forged as a whole is found only by comparing it with a `head_hash` that was noted elsewhere.',
    query: VerifyQuery,
    responds: { 200: Verification },
    handle: ({ app, actor, query }) => verifyChain(app, actor.tenantId, query),
  }),
]
