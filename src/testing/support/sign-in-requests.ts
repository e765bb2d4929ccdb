import { expect } from 'vitest'
import { confirmationTokens, registrationTokens, resetTokens } from '../../modules/identity/accounts/mailed-links.ts'
import { type Person, password, type World } from './people.ts'
import { type Api, expectStatus, type Reply, verdict } from './requests.ts'
import type { Desk } from './workspace.ts'

/** Tries to sign in; the reply may be a refusal. */
export const logIn = (nobody: Api, name: unknown, secret: unknown = password): Promise<Reply> =>
  nobody.post('/auth/login', { user_id_or_email: name, password: secret })

/** Tries a refresh token; the reply may be a refusal. */
export const refresh = ({ nobody }: World, token: unknown): Promise<Reply> =>
  nobody.post('/auth/refresh', { refresh_token: token })

/** Tries to set a new password by the token of a link; the reply may be a refusal. */
export const resetPassword = (
  { nobody }: World,
  token: unknown,
  secret: unknown = 'a-new-password-5',
): Promise<Reply> => nobody.post('/auth/password/reset', { token, password: secret })

/** The token in the newest link that was mailed to a person. */
export const newestResetToken = async (desk: Desk, { tenantId }: World, accountId: string): Promise<string> => {
  const { rows } = await desk.app.pool.query(
    'select reset_id from password_resets where tenant_id = $1 and account_id = $2 order by created_at desc limit 1',
    [tenantId, accountId],
  )
  return resetTokens.write(desk.app, tenantId, rows[0].reset_id)
}

/** Forgets the password of a person, and answers with the token in the link that is mailed. */
export const forgetPassword = async (desk: Desk, world: World, { id, email }: Person): Promise<string> => {
  expectStatus(await world.nobody.post('/auth/password/forgot', { email }), 202)
  return newestResetToken(desk, world, id)
}

/** The token in a new link that confirms an address for a person: their own, or a new one that the person is to get. */
export const confirmationToken = async (
  desk: Desk,
  { tenantId }: World,
  { id, email }: Pick<Person, 'id' | 'email'>,
  address = email,
): Promise<string> => {
  const { rows } = await desk.app.pool.query(
    `insert into email_confirmations (tenant_id, account_id, email, account_email, expires_at)
     select a.tenant_id, a.account_id, $3, a.email, now() + interval '1 day' from accounts a
     where a.tenant_id = $1 and a.account_id = $2 returning confirmation_id`,
    [tenantId, id, address],
  )
  return confirmationTokens.write(desk.app, tenantId, rows[0].confirmation_id)
}

/** Signs a person of a world in once more, and answers with the id of the session. */
export const newSessionId = async ({ signIn }: World, email: string, secret = password): Promise<string> => {
  const person = await signIn(email, secret)
  const { sessions } = expectStatus(await person.get('/me/sessions'), 200).body
  return sessions.find(({ is_current }: { is_current: boolean }) => is_current).session_id
}

/** The hash of a person's password, as it is stored. */
export const passwordHashOf = async (desk: Desk, { email }: Person): Promise<string> => {
  const { rows } = await desk.app.pool.query('select password_hash from accounts where email = $1', [email])
  return rows[0].password_hash
}

/** Expects that the token of a person still works. */
export const expectAlive = async (person: Person): Promise<void> => {
  expect((await person.get('/auth/me')).body).toMatchObject({ user: { id: person.id, email: person.email } })
}

/** Expects that the token of a person works no more. */
export const expectDead = async (person: Person): Promise<void> => {
  expect(verdict(await person.get('/auth/me'))).toEqual([401, 'invalid_token'])
}

/** All of an answer by which a caller could tell it from another answer. */
export const visibleIn = ({ status, text, headers, body }: Reply) => {
  const shown = [...headers].filter(([name]) => name !== 'date' && name !== 'x-request-id')
  return [status, text.replace(body?.request_id, ''), shown]
}

/** The token in the newest link that was mailed to an address that registers. */
export const newestRegistrationToken = async (
  desk: Desk,
  { tenantId }: Pick<World, 'tenantId'>,
  email: string,
): Promise<string> => {
  const { rows } = await desk.app.pool.query(
    `select registration_id from registrations where tenant_id = $1 and lower(email) = lower($2)
     order by created_at desc, registration_id limit 1`,
    [tenantId, email],
  )
  return registrationTokens.write(desk.app, tenantId, rows[0].registration_id)
}

/** A registration that waits for its link to be followed: the token of the link. The tenant may be in any mode. */
export const askedRegistration = async (desk: Desk, world: World, email: string): Promise<string> => {
  await desk.app.pool.query(
    `insert into registrations (tenant_id, kind, email, expires_at) values ($1, 'confirm', $2, now() + interval '1 day')`,
    [world.tenantId, email],
  )
  return newestRegistrationToken(desk, world, email)
}
