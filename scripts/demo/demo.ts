import type { Client } from 'pg'
import { z } from 'zod'
import { addressOfTenant } from '../../src/modules/identity/tenants/tenant-address.ts'
import { defaultTenantSlug, TenantSlug } from '../../src/modules/identity/tenants/tenants.schemas.ts'
import { hasTenant } from '../../src/modules/identity/tenants/tenants.service.ts'
import type { App } from '../../src/platform/app-context.ts'
import { isDatabaseUnavailable } from '../../src/platform/db/connection-errors.ts'
import { localUrl } from '../../src/platform/http/local-url.ts'
import { unknownTenant } from '../lib/known-tenants.ts'
import { flag, option, readOptions, WholeNumber } from '../lib/options.ts'
import { withApp } from '../lib/with-app.ts'
import { findPeople } from './backdate.queries.ts'
import { admin, customers, formerTechnician, technicians } from './demo-people.ts'
import { fillTenant, type Progress } from './fill-tenant.ts'
import { asOwner, type DemoTenant, findDemo, removeTenant } from './remove-demo.ts'
import { secondAdmin, secondName, secondTechnician } from './second-desk.texts.ts'
import { fillSecondDesk, secondEmails, secondSlug } from './second-desk.ts'

// Fills a tenant with a desk that has been at work for two months: people, tickets in every status, their history and
// their mails, or removes such a desk. The program may run meanwhile. A second run changes nothing.

const options = readOptions({
  script: 'demo',
  about:
    'Fills a tenant with a desk that has been at work for two months: people, tickets, their history and their mails.',
  options: {
    tenant: option(
      '<slug>',
      'the tenant to fill; "demo" is created when it is missing',
      TenantSlug.default(defaultTenantSlug),
    ),
    tickets: option(
      '<number>',
      'how many tickets, 20 to 1000',
      WholeNumber.pipe(z.int().min(20).max(1_000)).default(200),
    ),
    create: flag('creates the tenant, whatever its slug is'),
    remove: flag('removes the tenant of a demo with all that is in it; needs --yes'),
    yes: flag('removes; without it, --remove only says what would be lost'),
    'with-others': option(
      '<slug>',
      'removes people who are not of the demo, too, from a tenant that the demo made: its slug again',
      z.string().optional(),
    ),
  },
})

const emails = [admin, ...technicians, formerTechnician, ...customers].map(({ email }) => email)

const showProgress: Progress = (done, total) => {
  const far = `${done} of ${total} deeds`
  if (process.stdout.isTTY) process.stdout.write(`\r${far}${done === total ? '\n' : ''}`)
  else if (done === total || done % 250 === 0) console.log(far)
}

const line = (role: string, userId: string, email: string, remark = ''): string =>
  `  ${role.padEnd(11)} ${userId.padEnd(8)} ${email.padEnd(36)} ${remark}`.trimEnd()

/** Where people sign in to a tenant in a browser. */
const consoleOf = (config: App['config'], slug: string): string => `${addressOfTenant(config, { slug, host: null })}/`

const signIns = (slug: string, config: App['config'], password: string): string[] => [
  ...(config.CONSOLE ? [`While the program runs, open  ${consoleOf(config, slug)}  in a browser.`] : []),
  `Sign in with the user id or the email address. The password of everybody is  ${password}  (shown this once).`,
  '',
  line('role', 'user id', 'email'),
  line('admin', admin.userId, admin.email),
  ...technicians.map(({ userId, email, category, isAvailable }) =>
    line('technician', userId, email, isAvailable ? category : `${category}, on leave`),
  ),
  ...customers.filter(({ isInvited }) => !isInvited).map(({ email }) => line('customer', '', email)),
  '',
  ...(slug === defaultTenantSlug
    ? []
    : [`Programs sign in with the header X-Tenant: ${slug}; the token knows its tenant.`]),
  `curl ${localUrl(config)}/api/auth/login -H 'Content-Type: application/json'${
    slug === defaultTenantSlug ? '' : ` -H 'X-Tenant: ${slug}'`
  } \\`,
  `  -d '${JSON.stringify({ user_id_or_email: admin.userId, password })}'`,
]

/** How to get rid of a demo that did not become complete. */
const adviceOn = (slug: string): string =>
  `To remove what is there: npm run demo -- --tenant ${slug} --remove --yes; ` +
  'or fill another tenant: npm run demo -- --tenant <new slug> --create'

/** What went wrong, without the words of the database where they help nobody. */
const reasonOf = (error: unknown): string =>
  isDatabaseUnavailable(error)
    ? 'the database did not answer in time. The machine may be busy: try again when it has less to do'
    : (error as Error).message.replace(/\.$/, '')

const fill = async (app: App, url: string, slug: string, count: number): Promise<void> => {
  const { found, is_spread: isComplete } = await findPeople(app.pool, slug, emails)
  const again =
    `To begin again: npm run demo -- --tenant ${slug} --remove; ` +
    'or fill another tenant: npm run demo -- --tenant <new slug> --create'
  if (isComplete) {
    console.log(
      `The demo is in the tenant ${slug} already, and nothing was changed. The password was shown when the demo was created.\n${again}`,
    )
    return
  }
  if (found > 0) throw new Error(`An earlier run did not finish in the tenant ${slug}. ${adviceOn(slug)}`)
  console.log(`Filling the tenant ${slug} with two months of a helpdesk.`)
  const begin = performance.now()
  const filled = await fillTenant(app, url, { slug, tickets: count }, showProgress).catch((error: unknown) => {
    throw new Error(`The demo did not become complete: ${reasonOf(error)}. ${adviceOn(slug)}`, { cause: error })
  })
  const { password, tickets } = filled
  const seconds = ((performance.now() - begin) / 1_000).toFixed(1)
  console.log(`${tickets} tickets, ${emails.length} people, in ${seconds} s.\n`)
  console.log(signIns(slug, app.config, password).join('\n'))
  await fillSecond(app, url, slug, password)
}

/** Makes the second organisation, and says where it is. One that is there already stays as it is. */
const fillSecond = async (app: App, url: string, slug: string, password: string): Promise<void> => {
  const second = secondSlug(slug)
  if (second === null || (await hasTenant(app, second))) return
  const tickets = await fillSecondDesk(app, url, second, password).catch((error: unknown) => {
    throw new Error(`The second organisation did not become complete: ${reasonOf(error)}. ${adviceOn(slug)}`, {
      cause: error,
    })
  })
  const [desk, people] = [consoleOf(app.config, second), `${secondAdmin.userId} (admin) or ${secondTechnician.userId}`]
  console.log(
    `\nA second organisation, ${secondName}, is at  ${desk}  in German, with ${tickets} tickets. ` +
      `Sign in there as ${people} (technician), with the same password; programs send X-Tenant: ${second}.`,
  )
}

/** @throws Error when there are people who are not of the demo, and nobody asked to remove them, too. */
const refuseOthers = ({ others, otherPeople, isOfDemo }: DemoTenant, slug: string): void => {
  if (otherPeople === 0 || (isOfDemo && options['with-others'] === slug)) return
  const more = otherPeople > others.length ? ', …' : ''
  throw new Error(
    `The tenant ${slug} has ${otherPeople} people who are not of the demo, so nothing was removed: ${others.join(', ')}${more}. ` +
      'An admin finds them with GET /customers and GET /technicians. ' +
      (isOfDemo
        ? `To remove them with all that they wrote: npm run demo -- --tenant ${slug} --remove --yes --with-others ${slug}`
        : 'The demo did not make this tenant, so it does not remove it.'),
  )
}

/** The second organisation of a demo; null when there is none, or when others are in it, who keep it. */
const findSecond = async (client: Client, slug: string): Promise<DemoTenant | null> => {
  const second = secondSlug(slug)
  const found = second === null ? null : await findDemo(client, second, secondAdmin.userId, secondEmails)
  return found?.isOfDemo && found.otherPeople === 0 ? found : null
}

const remove = async (app: App, url: string, slug: string): Promise<void> =>
  asOwner(url, async (client) => {
    const demo = await findDemo(client, slug, admin.userId, emails)
    if (demo === null) throw new Error(await unknownTenant(app, slug))
    refuseOthers(demo, slug)
    const { tenantId, tickets, otherPeople } = demo
    const what = `the tenant ${slug} with its ${tickets} tickets, its people, its mails and its audit`
    if (!options.yes) {
      const others = otherPeople > 0 ? ` --with-others ${slug}` : ''
      throw new Error(`This would remove ${what}. To do it: npm run demo -- --tenant ${slug} --remove --yes${others}`)
    }
    const second = await findSecond(client, slug)
    if (second !== null) await removeTenant(app, client, second.tenantId)
    await removeTenant(app, client, tenantId)
    console.log(`Removed ${what}${second === null ? '' : ', and its second organisation'}, with the files.`)
  })

await withApp(async (app, url) => {
  const { tenant: slug, tickets } = options
  if (options.remove) return remove(app, url, slug)
  const isMeant = options.create || [defaultTenantSlug, 'demo'].includes(slug)
  if (!isMeant && !(await hasTenant(app, slug))) {
    throw new Error(`${await unknownTenant(app, slug)} To create it: npm run demo -- --tenant ${slug} --create`)
  }
  await fill(app, url, slug, tickets)
}, true)
