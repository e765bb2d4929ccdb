import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import {
  MailPreview,
  MailTemplate,
  MailTemplateList,
  MailTemplateParams,
  PreviewMailTemplate,
  SendTestMail,
  SentTestMail,
  WriteMailTemplate,
} from './mail-templates.schemas.ts'
import {
  getMailTemplate,
  listMailTemplates,
  mailTemplateToMe,
  previewMailTemplate,
  writeMailTemplate,
} from './mail-templates.service.ts'

const tag = 'Mail templates'
const path = '/mail-templates/:template/:language'
const language =
  'Variables stand in braces, `{{ticket_id}}`; conditions are `{{#is_closed}}…{{/is_closed}}` and ' +
  '`{{^is_closed}}…{{/is_closed}}`. There are no loops, filters or other templates.'

export const mailTemplateRoutes = [
  endpoint({
    id: 'listMailTemplates',
    method: 'get',
    path: '/mail-templates',
    can: 'mail-template:read',
    tag,
    summary: 'List the mail templates',
    description:
      'Every mail that the helpdesk sends, in which languages it has a text of its own, and what it may name.',
    responds: { 200: MailTemplateList },
    handle: ({ app, actor }) => listMailTemplates(app, actor),
  }),
  endpoint({
    id: 'getMailTemplate',
    method: 'get',
    path,
    can: 'mail-template:read',
    tag,
    summary: 'Read a mail template',
    description: `The text of the tenant, or else the built-in one. ${language}`,
    params: MailTemplateParams,
    responds: { 200: MailTemplate },
    handle: ({ app, actor, params }) => getMailTemplate(app, actor, params),
  }),
  endpoint({
    id: 'writeMailTemplate',
    method: 'put',
    path,
    can: 'mail-template:update',
    needsSession: true,
    tag,
    summary: 'Change a mail template',
    description:
      'Mails that wait are sent with the new text, too. A text that names what there is not, or lacks what it needs, is ' +
      'refused, with line and column. With `If-Match` only the version that you have read is changed; `"0"` stands for ' +
      'none yet.',
    params: MailTemplateParams,
    body: WriteMailTemplate,
    takesIfMatch: true,
    responds: { 200: MailTemplate },
    fails: ['stale_version', 'unavailable'],
    handle: (call) => writeMailTemplate(call.app, call, call.params, call.body, call.ifMatch),
  }),
  endpoint({
    id: 'resetMailTemplate',
    method: 'delete',
    path,
    can: 'mail-template:update',
    needsSession: true,
    tag,
    summary: 'Go back to the built-in mail template',
    description: 'Answers with the built-in text, which holds from now on.',
    params: MailTemplateParams,
    takesIfMatch: true,
    responds: { 200: MailTemplate },
    fails: ['stale_version', 'unavailable'],
    handle: (call) => writeMailTemplate(call.app, call, call.params, null, call.ifMatch),
  }),
  endpoint({
    id: 'previewMailTemplate',
    method: 'post',
    path: `${path}/preview`,
    can: 'mail-template:read',
    tag,
    summary: 'Preview a mail template',
    description:
      'With the subject and the text that are sent, or else with those that hold; as a sample, or as a mail that was ' +
      'written. Nothing is kept, and nothing is mailed.',
    params: MailTemplateParams,
    body: PreviewMailTemplate,
    // Nothing happens, so there is nothing to keep from happening twice.
    secretAnswer: 'not_kept',
    responds: { 200: MailPreview },
    fails: ['email_not_found'],
    handle: ({ app, actor, params, body }) => previewMailTemplate(app, actor, params, body),
  }),
  endpoint({
    id: 'sendTestMail',
    method: 'post',
    path: `${path}/test`,
    can: 'mail-template:update',
    needsSession: true,
    tag,
    summary: 'Mail a template to yourself',
    description:
      'What the preview shows, as a mail to your own address and to no other one. It greets you, its subject begins with ' +
      '`[Test]`, and its links have no secret: none of them unsubscribes anybody. At most 50 within 24 hours (`quota_exceeded`).',
    params: MailTemplateParams,
    body: SendTestMail,
    responds: { 202: SentTestMail },
    fails: ['email_not_found', 'quota_exceeded'],
    handle: (call) => mailTemplateToMe(call.app, call, call.params, call.body),
  }),
]
