import type { Credentials } from '../../src/modules/identity/accounts/first-admin.service.ts'

/** Prints the credentials of an admin. A password that the caller gave is not printed again. */
export const printAdmin = (slug: string, { userId, password, isGenerated }: Credentials): void => {
  console.log(`tenant    ${slug}`)
  console.log(`user id   ${userId}`)
  if (isGenerated) console.log(`password  ${password}  (shown this once)`)
}
