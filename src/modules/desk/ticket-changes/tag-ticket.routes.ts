import { parse } from '../../../platform/http/validation.ts'
import { NoBody } from '../../../platform/schemas.ts'
import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { TagInPath, TagParams, TagSet } from '../tags/tags.schemas.ts'
import { addTag, removeTag } from './tag-ticket.service.ts'

const tag = 'Relations'
const path = '/tickets/:ticketId/tags/:tag'
const form =
  'For admins, and for the technician of the ticket. A tag is 1 to 50 letters, digits, spaces, dots, dashes or ' +
  'underscores, and is kept in lower case. A second call changes nothing. The version of the ticket stays.'

export const tagTicketRoutes = [
  endpoint({
    id: 'addTag',
    method: 'put',
    path,
    can: 'ticket:tag',
    tag,
    summary: 'Tag a ticket',
    description: `${form} A ticket has at most 50 tags.`,
    params: TagParams,
    body: NoBody,
    bodyOptional: true,
    responds: { 200: TagSet },
    fails: ['ticket_not_found', 'too_many_tags'],
    handle: (call) => addTag(call.app, call, call.params.ticketId, parse(TagInPath, { tag: call.params.tag }).tag),
  }),
  endpoint({
    id: 'removeTag',
    method: 'delete',
    path,
    can: 'ticket:tag',
    tag,
    summary: 'Remove a tag',
    description: form,
    params: TagParams,
    responds: { 200: TagSet },
    fails: ['ticket_not_found'],
    handle: (call) => removeTag(call.app, call, call.params.ticketId, parse(TagInPath, { tag: call.params.tag }).tag),
  }),
]
