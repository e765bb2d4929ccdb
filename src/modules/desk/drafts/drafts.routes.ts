import { z } from 'zod'
import { DraftKind } from '../../../contract/enums.ts'
import { pageRequest } from '../../../platform/paging.ts'
import { moment } from '../../../platform/schemas.ts'
import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { showPage } from '../tickets/ticket-reading.service.ts'
import { Draft, DraftList, DraftParams, DraftQuery, WriteDraft } from './drafts.schemas.ts'
import { deleteDraft, draftOrder, getDraft, listOwnDrafts, writeDraft } from './drafts.service.ts'

const tag = 'Comments'
const path = '/tickets/:ticketId/drafts/:draftKind'
const rule = 'Nobody else reads your drafts, not even admins. A draft is kept for 90 days after its last change.'

const placeIn = ({ ticketId, draftKind: kind }: z.output<typeof DraftParams>) => ({ ticketId, kind })

const draftKey = z.tuple([moment, z.int().positive(), DraftKind])

export const draftRoutes = [
  endpoint({
    id: 'listDrafts',
    method: 'get',
    path: '/drafts',
    can: 'draft:read',
    tag,
    summary: 'List your drafts',
    description: `The last changed first, on the tickets that you see. ${rule}`,
    query: DraftQuery,
    responds: { 200: DraftList },
    fails: ['quota_exceeded'],
    handle: async (call) => {
      const request = pageRequest(call.query, draftOrder, draftKey)
      const { rows, page } = await showPage(call, () => listOwnDrafts(call.app, call.actor, request))
      return { drafts: rows, page }
    },
  }),
  endpoint({
    id: 'getDraft',
    method: 'get',
    path,
    can: 'draft:read',
    tag,
    summary: 'Read your draft on a ticket',
    description: rule,
    params: DraftParams,
    responds: { 200: Draft },
    fails: ['ticket_not_found', 'draft_not_found'],
    handle: ({ app, actor, params }) => getDraft(app, actor, placeIn(params)),
  }),
  endpoint({
    id: 'writeDraft',
    method: 'put',
    path,
    can: 'draft:update',
    tag,
    summary: 'Save your draft on a ticket',
    description:
      'Begins a draft (201), or changes it (200). With `If-Match` only the version that you have read is changed, so that two ' +
      'windows do not write over each other; `"0"` stands for no draft yet. Without the header the text is replaced, ' +
      'whatever it was. When you send the text, name the version in `draft_version` of the comment. Customers have `reply` ' +
      'only. A person has at most 200 drafts. A draft changes nothing of the ticket, and nobody else is told of it.',
    params: DraftParams,
    body: WriteDraft,
    takesIfMatch: true,
    responds: { 200: Draft, 201: Draft },
    fails: ['ticket_not_found', 'stale_version', 'too_many_drafts'],
    handle: (call) => writeDraft(call.app, call, placeIn(call.params), { body: call.body.body, ifMatch: call.ifMatch }),
    answer: ({ draft, isNew }) => ({ status: isNew ? 201 : 200, body: draft }),
  }),
  endpoint({
    id: 'deleteDraft',
    method: 'delete',
    path,
    can: 'draft:update',
    tag,
    summary: 'Delete your draft on a ticket',
    description: 'With `If-Match` only the version that you have read. Without a draft nothing changes.',
    params: DraftParams,
    takesIfMatch: true,
    responds: { 204: null },
    fails: ['ticket_not_found', 'stale_version'],
    handle: (call) => deleteDraft(call.app, call, placeIn(call.params), call.ifMatch),
  }),
]
