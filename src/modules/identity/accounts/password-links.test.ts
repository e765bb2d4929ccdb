import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWorld, type Person, password, uniqueName, type World } from '../../../testing/support/people.ts'
import { costOf } from '../../../testing/support/request-costs.ts'
import { expectRefusal, expectStatus, type Reply } from '../../../testing/support/requests.ts'
import { forgetPassword, newestResetToken, resetPassword } from '../../../testing/support/sign-in-requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writeMails } from '../../../testing/support/write-mails.ts'
import { resetTokens } from './mailed-links.ts'

let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

const address = (name: string): string => `${name}@${world.slug}.example.com`
const forget = (email: string): Promise<Reply> => world.nobody.post('/auth/password/forgot', { email })

interface Link {
  token: string
  isOpen: boolean
  seconds: number
}

/** The links of an account, oldest first. */
const linksOf = async (accountId: string): Promise<Link[]> => {
  const { rows } = await desk.app.pool.query(
    `select r.reset_id, r.used_at is null as open, extract(epoch from r.expires_at - now())::float8 as seconds
     from password_resets r where r.tenant_id = $1 and r.account_id = $2 order by r.created_at`,
    [world.tenantId, accountId],
  )
  return rows.map(({ reset_id, open, seconds }) => ({
    token: resetTokens.write(desk.app, world.tenantId, reset_id),
    isOpen: open,
    seconds,
  }))
}

/** The types of the events about an account, oldest first. */
const eventsAbout = async (accountId: string): Promise<string[]> => {
  const { rows } = await desk.app.pool.query(
    'select e.type from events e where e.tenant_id = $1 and e.subject_id = $2 order by e.event_id',
    [world.tenantId, accountId],
  )
  return rows.map(({ type }) => type)
}

/** Ada invites somebody; answers with the account and the token of the first link. */
const invite = async (kind: 'customers' | 'technicians'): Promise<{ id: string; email: string; token: string }> => {
  const email = address(uniqueName())
  const more = kind === 'technicians' ? { phone_number: '030 1234', category: 'Doors' } : {}
  const { body } = expectStatus(await world.ada.post(`/${kind}`, { name: 'Ines', email, ...more }), 201)
  const id = body.customer_id ?? body.technician_id
  return { id, email, token: await newestResetToken(desk, world, id) }
}

const week = 7 * 24 * 3600

describe.each(['customers', 'technicians'] as const)('an invitation of %s', (kind) => {
  test('outlives a stranger who says they forgot the password, and is not shortened', async () => {
    const { id, email, token } = await invite(kind)
    expectStatus(await forget(email.toUpperCase()), 202)
    const links = await linksOf(id)
    expect(links.map(({ isOpen }) => isOpen)).toEqual([true, true])
    for (const { seconds } of links) expect(seconds).toBeGreaterThan(week - 600)
    expect(await eventsAbout(id)).toEqual(['account.invited', 'account.invited'])
    await writeMails(desk)
    const { emails } = expectStatus(await world.ada.get('/emails?limit=100'), 200).body
    const own = emails.filter(({ recipient_email }: { recipient_email: string }) => recipient_email === email)
    expect(own.map(({ template }: { template: string }) => template)).toEqual(['account_invited', 'account_invited'])
    expect((await resetPassword(world, token)).status).toBe(204)
    // The first password ends the links that were not used.
    expect((await linksOf(id)).filter(({ isOpen }) => isOpen)).toEqual([])
    await expectRefusal(resetPassword(world, links[1]?.token), 422, 'invalid_reset_token')
  })

  test('that has expired is made anew by forgetting, and no inbox gets more than three an hour', async () => {
    const { id, email, token } = await invite(kind)
    await desk.app.pool.query('update password_resets set expires_at = now() where account_id = $1', [id])
    await expectRefusal(resetPassword(world, token), 422, 'invalid_reset_token')
    for (let times = 0; times < 4; times += 1) expectStatus(await forget(email), 202)
    expect(await linksOf(id)).toHaveLength(3)
    expect((await resetPassword(world, await newestResetToken(desk, world, id))).status).toBe(204)
    expectStatus(await world.nobody.post('/auth/login', { user_id_or_email: email, password: 'a-new-password-5' }), 200)
  })

  test('goes to the new address when the address is corrected', async () => {
    const { id, token } = await invite(kind)
    expectStatus(await world.ada.patch(`/${kind}/${id}`, { email: address(uniqueName()) }), 200)
    await expectRefusal(resetPassword(world, token), 422, 'invalid_reset_token')
    const updated = kind === 'customers' ? 'customer.updated' : 'technician.updated'
    expect(await eventsAbout(id)).toEqual(['account.invited', updated, 'account.invited'])
    expect((await resetPassword(world, await newestResetToken(desk, world, id))).status).toBe(204)
  })

  test('is over when the account is deactivated, and nothing brings it back', async () => {
    const { id, email, token } = await invite(kind)
    expectStatus(await world.ada.delete(`/${kind}/${id}`), 204)
    expectStatus(await forget(email), 202)
    expect((await linksOf(id)).map(({ isOpen }) => isOpen)).toEqual([false])
    await expectRefusal(resetPassword(world, token), 422, 'invalid_reset_token')
  })
})

describe('a forgotten password', () => {
  test('leaves exactly one good link, however many ask at once', async () => {
    for (let round = 0; round < 8; round += 1) {
      const person = await world.customer()
      const answers = await Promise.all(Array.from({ length: 6 }, () => forget(person.email)))
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 202))
      const links = await linksOf(person.id)
      expect(links).toHaveLength(3)
      const open = links.filter(({ isOpen }) => isOpen)
      expect(open).toHaveLength(1)
      expect(open[0]?.seconds).toBeLessThanOrEqual(30 * 60)
      expect((await resetPassword(world, open[0]?.token)).status).toBe(204)
    }
  })

  test('costs the database the same for every address', async () => {
    const { email: invited } = await invite('customers')
    const [known, often, gone] = [await world.customer(), await world.customer(), await world.customer()]
    for (let times = 0; times < 3; times += 1) await forget(often.email)
    expectStatus(await world.ada.delete(`/customers/${gone.id}`), 204)
    const costs: unknown[] = []
    for (const email of [known.email, address('nobody'), invited, often.email, gone.email, 'x@example.com']) {
      costs.push(await costOf(desk, () => forget(email)))
    }
    for (const cost of costs) expect(cost).toEqual(costs[0])
    expect(costs[0]).toMatchObject({ writes: true })
  })
})

describe('one order of locks', () => {
  const rounds = 60

  /** What comes at the same moment: the account is deactivated, and its owner and strangers do what they may. */
  const collide = async (person: Person, link: string): Promise<[string, Reply][]> => {
    const acts: [string, () => Promise<Reply>][] = [
      ['reset', () => resetPassword(world, link)],
      ['deactivate', () => world.ada.delete(`/customers/${person.id}`)],
      ['forget', () => forget(person.email)],
      ['sign out', () => person.post('/auth/logout')],
      ['rename', () => world.ada.patch(`/customers/${person.id}`, { name: 'Other', email: address(uniqueName()) })],
      ['refresh', () => world.nobody.post('/auth/refresh', { refresh_token: person.refreshToken })],
    ]
    return Promise.all(acts.map(async ([name, act]): Promise<[string, Reply]> => [name, await act()]))
  }

  test('no deadlock, and an account whose deactivation succeeded is deactivated', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const person = await world.customer()
      const answers = await collide(person, await forgetPassword(desk, world, person))
      for (const [name, { status, text }] of answers) expect([name, status < 500, text]).toEqual([name, true, text])
      expect(answers.find(([name]) => name === 'deactivate')?.[1].status).toBe(204)
      const { body } = await world.ada.get(`/customers/${person.id}`)
      expect(body.status).toBe('deactivated')
      expect((await linksOf(person.id)).filter(({ isOpen }) => isOpen)).toEqual([])
      const { rows } = await desk.app.pool.query(
        'select from sessions s where s.tenant_id = $1 and s.account_id = $2 and s.revoked_at is null',
        [world.tenantId, person.id],
      )
      expect(rows).toEqual([])
    }
  })
})

test('two changes of a technician at once record what each of them changed', async () => {
  const tess = await world.technician(uniqueName(), 'Doors')
  const changesOf = async (): Promise<{ from: string; to: string }[]> => {
    const { rows } = await desk.app.pool.query(
      `select e.changes -> 'category' as category from events e
       where e.tenant_id = $1 and e.subject_id = $2 and e.type = 'technician.updated' order by e.event_id`,
      [world.tenantId, tess.id],
    )
    return rows.map(({ category }) => category)
  }
  const categories = Array.from({ length: 10 }, (_, index) => `Category ${index}`)
  const replies = await Promise.all(
    categories.map((category) => world.ada.patch(`/technicians/${tess.id}`, { category })),
  )
  expect(replies.map(({ status }) => status)).toEqual(categories.map(() => 200))
  // Each change begins where the change before it ended.
  const changes = await changesOf()
  expect(changes.map(({ to }) => to).toSorted()).toEqual(categories)
  expect(changes.map(({ from }) => from)).toEqual(['Doors', ...changes.slice(0, -1).map(({ to }) => to)])
  expectStatus(await world.signIn(tess.email, password).then((person) => person.get('/auth/me')), 200)
})
