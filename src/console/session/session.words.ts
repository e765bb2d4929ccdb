import { catalogue } from '../lib/catalogue.svelte.ts'

export const words = catalogue({
  en: { signIn: 'Sign in', name: 'E-mail or user name', password: 'Password' },
  de: { signIn: 'Anmelden', name: 'E-Mail oder Benutzername', password: 'Passwort' },
})
