import { z } from 'zod'
import { defaultTenantSlug, TenantSlug } from '../../src/modules/identity/tenants/tenants.schemas.ts'
import { readOptions } from '../lib/options.ts'
import { withApp } from '../lib/with-app.ts'
import { findPeople } from './backdate.queries.ts'
import { admin, customers, technicians } from './demo-people.ts'
import { fillTenant, type Progress } from './fill-tenant.ts'

// Fills a tenant with a desk that has been at work for two months: people, tickets in every status, their history and
// their mails. The program may run meanwhile. A second run changes nothing.

const options = readOptions(
  'npm run demo [-- --tenant <slug>] [--tickets <number>]',
  z.object({
    tenant: TenantSlug.default(defaultTenantSlug),
    tickets: z.coerce.number().pipe(z.int().min(20).max(1_000)).default(200),
  }),
)

const emails = [admin, ...technicians, ...customers].map(({ email }) => email)

const showProgress: Progress = (done, total) => {
  const far = `${done} of ${total} deeds`
  if (process.stdout.isTTY) process.stdout.write(`\r${far}${done === total ? '\n' : ''}`)
  else if (done === total || done % 250 === 0) console.log(far)
}

const line = (role: string, userId: string, email: string, remark = ''): string =>
  `  ${role.padEnd(11)} ${userId.padEnd(8)} ${email.padEnd(36)} ${remark}`.trimEnd()

const signIns = (slug: string, publicUrl: string, password: string): string[] => [
  `Sign in with the user id or the email address. The password of everybody is  ${password}  (shown this once).`,
  '',
  line('role', 'user id', 'email'),
  line('admin', admin.userId, admin.email),
  ...technicians.map(({ userId, email, category, isAvailable }) =>
    line('technician', userId, email, isAvailable ? category : `${category}, on leave`),
  ),
  ...customers.filter(({ isInvited }) => !isInvited).map(({ email }) => line('customer', '', email)),
  '',
  ...(slug === defaultTenantSlug ? [] : [`Sign in with the header X-Tenant: ${slug}; the token knows its tenant.`, '']),
  `curl ${publicUrl}/api/auth/login -H 'Content-Type: application/json'${
    slug === defaultTenantSlug ? '' : ` -H 'X-Tenant: ${slug}'`
  } \\`,
  `  -d '${JSON.stringify({ user_id_or_email: admin.userId, password })}'`,
]

await withApp(async (app, url) => {
  const { tenant: slug, tickets: count } = options
  const { found, is_spread: isComplete } = await findPeople(app.pool, slug, emails)
  if (isComplete) {
    console.log(
      `The demo is in the tenant ${slug} already, and nothing was changed. The password was shown when the demo was created.\n` +
        'If you do not have the password any more, fill another tenant: npm run demo -- --tenant <new slug>',
    )
    return
  }
  if (found > 0) {
    throw new Error(
      `An earlier run did not finish in the tenant ${slug}. Fill another tenant: npm run demo -- --tenant demo`,
    )
  }
  console.log(`Filling the tenant ${slug} with two months of a helpdesk.`)
  const begin = performance.now()
  const { password, tickets } = await fillTenant(app, url, { slug, tickets: count }, showProgress)
  const seconds = ((performance.now() - begin) / 1_000).toFixed(1)
  console.log(`${tickets} tickets, ${emails.length} people, in ${seconds} s.\n`)
  console.log(signIns(slug, app.config.PUBLIC_URL, password).join('\n'))
})
