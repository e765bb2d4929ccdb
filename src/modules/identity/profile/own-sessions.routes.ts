import { endpoint } from '../accounts/declare-endpoint.ts'
import { endOtherSessionsOfOwn, endSessionOfOwn, listOwnSessions } from '../sign-in/own-sessions.service.ts'
import { OwnSessionList, SessionParams } from './own-sessions.schemas.ts'

const tag = 'Your own account'

export const ownSessionRoutes = [
  endpoint({
    id: 'listOwnSessions',
    method: 'get',
    path: '/me/sessions',
    can: 'session:own',
    needsSession: true,
    tag,
    summary: 'List your own sessions',
    description: 'The last used first. Nobody has more than 30 at once.',
    responds: { 200: OwnSessionList },
    handle: async ({ app, actor }) => ({ sessions: await listOwnSessions(app, actor) }),
  }),
  endpoint({
    id: 'endOtherSessions',
    method: 'delete',
    path: '/me/sessions/others',
    can: 'session:own',
    needsSession: true,
    tag,
    summary: 'End all of your other sessions',
    description: 'The session of this request goes on.',
    responds: { 204: null },
    handle: (call) => endOtherSessionsOfOwn(call.app, call),
  }),
  endpoint({
    id: 'endOwnSession',
    method: 'delete',
    path: '/me/sessions/:sessionId',
    can: 'session:own',
    needsSession: true,
    tag,
    summary: 'End one of your own sessions',
    description: 'Its tokens, or its cookie, work for one more second at most. It may be the session of this request.',
    params: SessionParams,
    responds: { 204: null },
    fails: ['session_not_found'],
    handle: (call) => endSessionOfOwn(call.app, call, call.params.sessionId),
  }),
]
