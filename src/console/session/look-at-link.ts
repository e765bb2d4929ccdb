import { type Answer, answerOf } from '../api/calls.ts'
import type { components } from '../api/types.ts'
import { session, signedOut } from '../lib/session.svelte.ts'
import { linkTokenOf } from './link-token.ts'
import { plainApi } from './plain-api.ts'

/** What the link of a mail is about. */
export type MailedLink = components['schemas']['MailedLink']

/** A link without a token: the mail cut it off, or it was used and forgotten. */
const cutOff: MailedLink = {
  end: 'unknown',
  tenant: null,
  language: null,
  is_invitation: null,
  sign_in_name: null,
  email: null,
  is_new_address: null,
  refusal: null,
}

/** Reads what the link of a path is about. It uses up nothing. */
export const lookAtLink = async (
  path: string,
  purpose: components['schemas']['LinkPurpose'],
): Promise<Answer<MailedLink>> => {
  const token = linkTokenOf(path)
  if (token === '') return { ok: true, data: cutOff, etag: null, response: new Response() }
  // A token that is longer than any is none of ours.
  if (token.length > 300) return { ok: true, data: cutOff, etag: null, response: new Response() }
  return answerOf(plainApi.POST('/auth/link', { body: { purpose, token } }))
}

/** A new password ends the sessions of its account. When that was the account of this tab, the tab is signed out. */
export const afterNewPassword = async (): Promise<void> => {
  if (!session.me) return
  const me = await answerOf(plainApi.GET('/me'))
  if (!me.ok && me.problem.status === 401) signedOut({ stays: true })
}
