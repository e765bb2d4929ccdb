import { z } from 'zod'
import { factsOfAccount } from './account-facts.ts'
import { confirmationLink, defineTemplate, helpdeskLink, linkWith, say } from './letter.ts'
import { counted, spokenWord } from './spoken-words.ts'
import { Line } from './user-text.ts'

/** Mails to people who register, or whose account was just made. */
export const registrationTemplates = {
  // Mails of earlier versions have no link, nor have those to an address that is confirmed already. Who gets no link
  // has followed one already, so nobody has typed the address by mistake.
  customer_registered: defineTemplate(
    ['facts', 'link'],
    z.object({ email: Line, confirmation_id: z.uuid().optional(), expires_days: z.int().min(1).optional() }),
    ({ email, confirmation_id: id, expires_days: days = 7 }, context) => ({
      facts: [{ label: say(context, { en: 'E-mail', de: 'E-Mail' }), value: email }],
      action:
        id === undefined
          ? helpdeskLink(context)
          : {
              label: say(context, { en: 'Confirm your address', de: 'Adresse bestätigen' }),
              url: confirmationLink(context, id),
            },
      values: { is_to_confirm: id !== undefined, link_lasts: counted(context.language, days, 'day') },
    }),
    true,
  ),

  registration_requested: defineTemplate(
    ['link'],
    z.object({ registration_id: z.uuid(), expires_hours: z.int().min(1) }),
    ({ registration_id, expires_hours }, context) => ({
      action: {
        label: say(context, { en: 'Finish your registration', de: 'Registrierung abschließen' }),
        url: linkWith(context, '/registration/confirm', 'registration', registration_id),
      },
      values: { link_lasts: counted(context.language, expires_hours, 'hour') },
    }),
    true,
  ),

  registration_known: defineTemplate(['link'], z.object({}), (_, context) => ({ action: helpdeskLink(context) })),

  registration_elsewhere: defineTemplate([], z.object({}), () => ({})),

  account_invited: defineTemplate(
    ['facts', 'link'],
    z.object({ role: Line, reset_id: z.uuid(), sign_in_name: Line, expires_days: z.int().min(1) }),
    ({ role, reset_id, sign_in_name, expires_days }, context) => ({
      facts: factsOfAccount(sign_in_name, role, context),
      action: {
        label: say(context, { en: 'Choose your password', de: 'Passwort wählen' }),
        url: linkWith(context, '/invitation', 'password', reset_id),
      },
      values: { role: spokenWord(context.language, role), link_lasts: counted(context.language, expires_days, 'day') },
    }),
    true,
  ),
}
