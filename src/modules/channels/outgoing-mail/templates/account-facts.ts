import { type Fact, type MailContext, say } from './letter.ts'
import { spokenWord } from './spoken-words.ts'

/** What a mail says of the account of its reader. Without a role it says the name only. */
export const factsOfAccount = (signInName: string, role: string | null, context: MailContext): Fact[] => [
  { label: say(context, { en: 'Sign-in name', de: 'Anmeldename' }), value: signInName },
  ...(role === null
    ? []
    : [{ label: say(context, { en: 'Role', de: 'Rolle' }), value: spokenWord(context.language, role) }]),
]
