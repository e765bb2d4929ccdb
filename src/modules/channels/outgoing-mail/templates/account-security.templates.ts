import { z } from 'zod'
import { confirmationLink, defineTemplate, say } from './letter.ts'
import { notice, noticeWith } from './notice.ts'
import { counted } from './spoken-words.ts'
import { Line } from './user-text.ts'

export const accountSecurityTemplates = {
  password_changed: notice(),

  email_confirmation: defineTemplate(
    ['link'],
    z.object({ confirmation_id: z.uuid(), expires_days: z.int().min(1) }),
    ({ confirmation_id, expires_days }, context) => ({
      action: {
        label: say(context, { en: 'Confirm the address', de: 'Adresse bestätigen' }),
        url: confirmationLink(context, confirmation_id),
      },
      values: { link_lasts: counted(context.language, expires_days, 'day') },
    }),
    true,
  ),

  email_change_requested: notice(),
  email_changed_before: notice(),
  email_changed: notice(),

  /** It shows nothing that was typed: whoever made the token may have taken over the account. */
  api_token_created: noticeWith(
    { hint: Line, scopes: z.int().min(1), expires_day: Line },
    ({ hint, scopes, expires_day }, context) => ({
      facts: [
        { label: say(context, { en: 'Token', de: 'Token' }), value: hint },
        { label: say(context, { en: 'Scopes', de: 'Rechte' }), value: String(scopes) },
        { label: say(context, { en: 'Expires', de: 'Läuft ab' }), value: expires_day },
      ],
    }),
  ),
}
