import type { App } from '../../../platform/app-context.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { readEmail } from '../../../platform/email-address.ts'
import { listOldAddresses, type NewForm, type OldAddress, writeNewForms } from './old-addresses.queries.ts'

/** How many accounts one start looks at. There are none, unless rows came from somewhere else. */
const atMost = 1_000

const keyOf = ({ tenant_id, account_id }: Pick<OldAddress, 'tenant_id' | 'account_id'>): string =>
  `${tenant_id} ${account_id}`

/** The form of today of each address. Of accounts whose addresses become equal, the first one gets it. */
const newForms = (accounts: OldAddress[]): NewForm[] => {
  const forms = new Map<string, NewForm>()
  for (const { tenant_id, account_id, email } of accounts) {
    const typed = email.normalize('NFC').trim()
    const reading = readEmail(typed)
    if ('error' in reading) continue
    const { address } = reading
    const key = `${tenant_id} ${address.toLowerCase()}`
    if (forms.has(key)) continue
    forms.set(key, { tenant_id, account_id, old: email, address, typed: address === typed ? null : typed })
  }
  return [...forms.values()]
}

/**
 * Brings the addresses of accounts into the form of today: composed, trimmed, the domain in punycode. Of two accounts
 * whose addresses become equal, the older gets the form. The other keeps its address, and signs in by its number. Writes
 * no event, because nobody changed anything.
 * @returns a line for the operator for each account that keeps its old form.
 */
export const renewOldAddresses = async (app: App): Promise<string[]> => {
  const accounts = await listOldAddresses(app.pool, atMost)
  if (accounts.length === 0) return []
  const renewed = await transaction(app.pool, (tx) => writeNewForms(tx, newForms(accounts)))
  const done = new Set(renewed.map(keyOf))
  return accounts
    .filter((account) => !done.has(keyOf(account)))
    .map(
      ({ tenant, account_id, email }) =>
        `The account ${account_id} of the tenant ${tenant} keeps the address ${JSON.stringify(email)}, because it is no ` +
        `address of today or another account has it in its new form. Sign-in works with ${account_id}; give it another address.`,
    )
}
