import { z } from 'zod'
import { timestamp } from '../../../platform/schemas.ts'
import { endpoint } from '../accounts/declare-endpoint.ts'
import { PersonParams } from '../accounts/people-accounts.schemas.ts'
import { readSignInOf } from './own-sessions.service.ts'
import { SessionKind } from './sign-in.schemas.ts'

const SessionOfPerson = z
  .object({
    kind: SessionKind,
    device: z.string().meta({ description: 'The program that the person uses.', examples: ['Firefox on Windows'] }),
    started_at: timestamp,
    last_used_at: timestamp,
    expires_at: timestamp.meta({ description: 'When the session ends, if it is not used before.' }),
  })
  .meta({ id: 'SessionOfPerson', description: 'A session of somebody, as admins see it.' })

const SignInOfPerson = z
  .object({
    second_factor: z.boolean().meta({ description: 'Whether signing in asks for a code, too.' }),
    sessions: z.array(SessionOfPerson).meta({ description: 'The sessions that go on, the last used first.' }),
  })
  .meta({ id: 'SignInOfPerson' })

export const peopleSignInRoutes = [
  endpoint({
    id: 'getSignInOfPerson',
    method: 'get',
    path: '/people/:accountId/sign-in',
    can: 'person:read',
    tag: 'People',
    summary: 'Read how a person signs in',
    description: 'Whether they have a second factor, and their sessions that go on: 30 at most.',
    params: PersonParams,
    responds: { 200: SignInOfPerson },
    fails: ['account_not_found'],
    handle: ({ app, actor, params }) => readSignInOf(app, actor, params.accountId),
  }),
]
