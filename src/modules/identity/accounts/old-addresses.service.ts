import type { App } from '../../../platform/app-context.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { addressForms } from '../../../platform/email-address.ts'
import { listOldAddresses, type NewForm, type OldAddress, writeNewForms } from './old-addresses.queries.ts'

/** How many accounts are read at once. There are none, unless rows came from somewhere else. */
const batch = 1_000

/** All accounts with an old address, the oldest first, in batches. */
async function* oldAddresses({ pool }: App): AsyncGenerator<OldAddress[]> {
  let page = await listOldAddresses(pool, undefined, batch)
  while (page.length > 0) {
    yield page
    page = page.length < batch ? [] : await listOldAddresses(pool, page.at(-1), batch)
  }
}

/** The form of today of each address. Of accounts whose addresses become equal, the first one gets it. */
const newForms = (accounts: OldAddress[]): NewForm[] => {
  const forms = new Map<string, NewForm>()
  for (const { tenant_id, account_id, email } of accounts) {
    const form = addressForms(email)
    if (form === null) continue
    const key = `${tenant_id} ${form.address.toLowerCase()}`
    if (!forms.has(key)) forms.set(key, { tenant_id, account_id, old: email, ...form })
  }
  return [...forms.values()]
}

/**
 * Brings the addresses of accounts into the form of today: composed, trimmed, the domain in punycode. Of accounts whose
 * addresses become equal, one that has the form already keeps it; else the oldest gets it. The others keep their
 * address, and sign in by their number. Writes no event, because nobody changed anything.
 * @returns a line for the operator for each account that keeps its old form, whoever renewed the others.
 */
export const renewOldAddresses = async (app: App): Promise<string[]> => {
  for await (const accounts of oldAddresses(app)) {
    await transaction(app.pool, (tx) => writeNewForms(tx, newForms(accounts)))
  }
  const lines: string[] = []
  for await (const accounts of oldAddresses(app)) {
    lines.push(
      ...accounts.map(
        ({ tenant, account_id, email }) =>
          `The account ${account_id} of the tenant ${tenant} keeps the address ${JSON.stringify(email)}, because it is no ` +
          `address of today or another account has it in its new form. Sign-in works with ${account_id}; give it another address.`,
      ),
    )
  }
  return lines
}
