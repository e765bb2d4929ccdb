import type { Problem } from '../api/calls.ts'
import { catalogue } from '../lib/catalogue.svelte.ts'

/** What is wrong with a field, for people. The API names a field as its member. */
const sentences = catalogue({
  en: {
    fields: {
      name: 'Type a name of at most 100 characters.',
      email: 'Type an e-mail address, such as cleo@example.com.',
      user_id: 'Type 2 to 63 letters, digits, dots, dashes or underscores, and not the number of something else.',
      phone_number: 'Type a phone number: digits, spaces and ( ) . / -, with + in front if you like.',
      category: 'Type a category of at most 60 characters.',
      current_password: 'This needs your own password.',
      second_factor_code: 'Type the six digits that your app shows, or a recovery code.',
      scopes: 'Choose at least one thing that the token may do.',
      expires_at: 'Choose a day within the next 366 days.',
      allowed_addresses: 'Each line must be an IP address, or a network such as 192.0.2.0/24.',
      registration_domains: 'Each line must be a domain such as example.com, without an @; 50 at most.',
    },
    codes: {
      email_taken: 'Another account has this e-mail address.',
      sign_in_name_taken: 'Another account has this sign-in name.',
      wrong_password: 'This is not your password.',
      second_factor_code_required: 'This also needs a code of your second factor.',
      wrong_second_factor: 'This code is wrong, or was used before. Wait for the next one.',
      second_factor_blocked: 'There were too many wrong codes. Use a recovery code, or try again later.',
    },
  },
  de: {
    fields: {
      name: 'Geben Sie einen Namen mit höchstens 100 Zeichen ein.',
      email: 'Geben Sie eine E-Mail-Adresse ein, etwa cleo@example.com.',
      user_id:
        'Geben Sie 2 bis 63 Buchstaben, Ziffern, Punkte, Binde- oder Unterstriche ein, und nicht die Nummer von etwas anderem.',
      phone_number: 'Geben Sie eine Telefonnummer ein: Ziffern, Leerzeichen und ( ) . / -, gern mit + davor.',
      category: 'Geben Sie eine Kategorie mit höchstens 60 Zeichen ein.',
      current_password: 'Dafür brauchen wir Ihr eigenes Passwort.',
      second_factor_code: 'Geben Sie die sechs Ziffern ein, die Ihre App zeigt, oder einen Wiederherstellungscode.',
      scopes: 'Wählen Sie mindestens etwas, was das Token darf.',
      expires_at: 'Wählen Sie einen Tag innerhalb der nächsten 366 Tage.',
      allowed_addresses: 'Jede Zeile muss eine IP-Adresse sein, oder ein Netz wie 192.0.2.0/24.',
      registration_domains: 'Jede Zeile muss eine Domain sein, etwa example.com, ohne @; höchstens 50.',
    },
    codes: {
      email_taken: 'Ein anderes Konto hat diese E-Mail-Adresse.',
      sign_in_name_taken: 'Ein anderes Konto hat diesen Anmeldenamen.',
      wrong_password: 'Das ist nicht Ihr Passwort.',
      second_factor_code_required: 'Dafür brauchen wir auch einen Code Ihres zweiten Faktors.',
      wrong_second_factor: 'Dieser Code ist falsch oder wurde schon benutzt. Warten Sie auf den nächsten.',
      second_factor_blocked:
        'Es gab zu viele falsche Codes. Nehmen Sie einen Wiederherstellungscode, oder versuchen Sie es später noch einmal.',
    },
  },
})

/** Refusals that are about one field, though they do not name it. */
const fieldOfCode: Record<string, string> = {
  email_taken: 'email',
  sign_in_name_taken: 'user_id',
  wrong_password: 'current_password',
  second_factor_code_required: 'second_factor_code',
  wrong_second_factor: 'second_factor_code',
  second_factor_blocked: 'second_factor_code',
}

/** What stands at a field of a form that was refused, or null. The field of a list is that of its first wrong item. */
export const wrongAt = (problem: Problem | null, field: string): string | null => {
  if (problem === null) return null
  const { fields, codes } = sentences() as { fields: Record<string, string>; codes: Record<string, string> }
  if (fieldOfCode[problem.code] === field) return codes[problem.code] ?? problem.detail
  const error = problem.errors.find((one) => one.field === field || one.field?.startsWith(`${field}.`))
  return error === undefined ? null : (fields[field] ?? error.message)
}

/** Whether a refusal stands at none of the fields, so that the form says it as a whole. */
export const isOfNoField = (problem: Problem | null, fields: readonly string[]): problem is Problem =>
  problem !== null && fields.every((field) => wrongAt(problem, field) === null)
