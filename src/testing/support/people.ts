import { randomBytes, randomUUID } from 'node:crypto'
import { createTenantWithAdmin } from '../../modules/identity/accounts/first-admin.service.ts'
import { getTenantId } from '../../modules/identity/tenants/tenants.service.ts'
import { type Api, createApi, expectStatus, type Reply } from './requests.ts'
import type { Desk } from './workspace.ts'

/** A named person who is signed in. */
export interface Person extends Api {
  id: string
  email: string
  password: string
  token: string
  refreshToken: string
  /** The headers that say who sends a request. */
  headers: Record<string, string>
}

/**
 * A tenant with people in it: Ada runs it; Tess and Tom are its technicians, for networks and printers; Cleo and Carl
 * are customers. Every test makes its own world. So tests do not disturb each other, and each test also exercises the
 * isolation of tenants.
 */
export interface World {
  slug: string
  tenantId: number
  /** A caller in this tenant who is not signed in. */
  nobody: Api
  ada: Person
  tess: Person
  tom: Person
  cleo: Person
  carl: Person
  /** Registers one more customer, with a name of their own unless one is given. */
  customer(name?: string): Promise<Person>
  /** Creates one more technician. Ada does it, or another admin. */
  technician(name: string, category: string, admin?: Api): Promise<Person>
  /** Signs in and starts one more session of that person. */
  signIn(nameOrEmail: string, password: string): Promise<Person>
}

export const password = 'correct-horse-7'

/** A name that no other person of the tests has. */
export const uniqueName = (): string => `p-${randomUUID().slice(0, 13)}`

/** Makes a world on a desk. `areConfirmed`: whether customers have followed the link in their welcome. */
export const createWorld = async (desk: Desk, { areConfirmed = true } = {}): Promise<World> => {
  const slug = `t-${randomBytes(6).toString('hex')}`
  const mail = (name: string): string => `${name.toLowerCase()}@${slug}.example.com`
  await createTenantWithAdmin(
    desk.app,
    { slug, name: `Desk ${slug}` },
    { userId: 'ada', name: 'Ada Admin', email: mail('ada'), password },
  )
  const nobody = createApi(desk.url, { 'X-Tenant': slug })

  const personOf = (reply: Reply, email: string): Person => {
    const token = String(reply.body.token)
    const headers = { Authorization: `Bearer ${token}` }
    return {
      ...createApi(desk.url, headers),
      id: String(reply.body.user?.id),
      email,
      password,
      token,
      refreshToken: String(reply.body.refresh_token),
      headers,
    }
  }
  const signIn = async (nameOrEmail: string, secret: string): Promise<Person> => {
    const reply = await nobody.post('/auth/login', { user_id_or_email: nameOrEmail, password: secret })
    return personOf(expectStatus(reply, 200), String(reply.body.user?.email))
  }
  const customer = async (name = uniqueName()): Promise<Person> => {
    const email = mail(name)
    const reply = await nobody.post('/auth/register', { name: `${name} Customer`, email, password })
    // Else their mails would show no text of theirs.
    const confirm = 'update accounts set email_confirmed_at = now() where tenant_id = $1 and email = $2'
    if (areConfirmed) await desk.app.pool.query(confirm, [await getTenantId(desk.app, slug), email])
    return personOf(expectStatus(reply, 201), email)
  }
  const ada = await signIn('ada', password)
  const technician = async (name: string, category: string, admin: Api = ada): Promise<Person> => {
    const email = mail(name)
    const body = { name: `${name} Technician`, email, phone_number: '+49 30 1234567', category, password }
    expectStatus(await admin.post('/technicians', body), 201)
    return signIn(email, password)
  }
  const tess = await technician('Tess', 'Network')
  const tom = await technician('Tom', 'Printer')
  const cleo = await customer('Cleo')
  const carl = await customer('Carl')
  const tenantId = await getTenantId(desk.app, slug)
  return { slug, tenantId, nobody, ada, tess, tom, cleo, carl, customer, technician, signIn }
}
