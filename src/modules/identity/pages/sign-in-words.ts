import type { App } from '../../../platform/app-context.ts'
import type { View, Words } from '../../../platform/page.ts'
import { getTenantAddress } from '../tenants/tenants.service.ts'

export const signInName: Words = { en: 'Sign-in name', de: 'Anmeldename' }

/** Where the person of a link signs in. */
export const addressOfLink = async (app: App, { tenant }: { tenant: { slug: string } | null }): Promise<string> =>
  tenant === null ? app.config.PUBLIC_URL : getTenantAddress(app, tenant.slug)

/** What a person does who has just chosen a password. */
export const signInView = (heading: Words, address: string, name: string): View => ({
  heading,
  paragraphs: [
    {
      en: 'Now you can sign in, with this name and the password that you have just chosen:',
      de: 'Jetzt können Sie sich anmelden, mit diesem Namen und dem Passwort, das Sie gerade gewählt haben:',
    },
  ],
  facts: [
    { label: signInName, value: name },
    { label: { en: 'Address of the helpdesk', de: 'Adresse des Helpdesks' }, value: `${address}/` },
  ],
  notes: [{ en: 'You can close this page.', de: 'Sie können diese Seite schließen.' }],
})
