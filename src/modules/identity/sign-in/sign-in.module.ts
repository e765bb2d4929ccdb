import type { Module } from '../../../platform/module.ts'
import { lastSeenOfPerson } from '../accounts/people-accounts.schemas.ts'
import { cookieSignInRoutes } from './cookie-sign-in.routes.ts'
import { lastUseOfAccount } from './living-sessions.steps.ts'
import { peopleSignInRoutes } from './people-sign-in.routes.ts'
import { secondFactorRoutes } from './second-factor.routes.ts'
import { signInRoutes } from './sign-in.routes.ts'
import { deleteOldSessions, sessionAuthenticator } from './sign-in.service.ts'
import { forgetOldPlaces } from './sign-in-places.service.ts'

export const signIn: Module = {
  name: 'identity/sign-in',
  tenantTables: ['sessions', 'sign_in_places'],
  routes: [...signInRoutes, ...cookieSignInRoutes, ...secondFactorRoutes, ...peopleSignInRoutes],
  conditions: { [lastSeenOfPerson]: lastUseOfAccount },
  cleanUps: [
    { name: 'sessions', batch: 5_000, step: deleteOldSessions },
    { name: 'sign_in_places', batch: 5_000, step: forgetOldPlaces },
  ],
  authenticators: [sessionAuthenticator],
}
