import { passingEvents } from '../../../contract/passing-events.ts'
import { NoBody } from '../../../platform/schemas.ts'
import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { StreamQuery } from './feed.schemas.ts'
import { StreamPass } from './stream.schemas.ts'
import { openStream } from './stream.service.ts'
import { createPass } from './stream-passes.service.ts'

const tag = 'Events'

const inNoLog = Object.entries(passingEvents)
  .map(([type, { members, says }]) => `- \`${type}\` {${members.map((name) => `\`${name}\``).join(', ')}}: ${says}`)
  .join('\n')

export const streamRoutes = [
  endpoint({
    id: 'getEventStream',
    method: 'get',
    path: '/events/stream',
    can: 'event:read',
    tag,
    summary: 'Get what happens, as it happens',
    description:
      'The same events as `GET /events`, as server-sent events: `id` is the place in the log, `event` the type, `data` a ' +
      '`FeedEvent` as JSON. A browser reads them with `EventSource`, and goes on by itself after the last `id` when the ' +
      'connection was lost. The connection gets a sign of life every 8 seconds. ' +
      'Beside them come **events that are in no log**, listed below. They say what is so now and are never repeated: after ' +
      'each new connection read again what they are about. An API token needs their scope, such as `draft:read`. ' +
      '**The stream ends** within 5 seconds when you sign out, when your token expires or is revoked, or when your role changes. ' +
      'A reader that leaves 256 kB unread is cut off, and one that takes nothing for 15 to 30 seconds; it comes back with ' +
      '`Last-Event-ID` and misses nothing. **`types` and `subject`** choose among the events of the log, as in `GET /events`; ' +
      'what has no id always comes, and so does `log.forked`. **Sign in** by the cookie, by the header, or by a pass in the ' +
      `address; never send a token in the address. **In no log** are, with the members of their data:\n\n${inNoLog}`,
    query: StreamQuery,
    bytes: 'events',
    responds: { 200: null },
    fails: ['invalid_cursor', 'too_many_streams', 'quota_exceeded'],
    handle: (call) => openStream(call, call.query),
    answer: (events) => ({ status: 200, events }),
  }),
  endpoint({
    id: 'createStreamPass',
    method: 'post',
    path: '/events/passes',
    can: 'event:read',
    tag,
    summary: 'Make a pass for a stream',
    description:
      'A pass stands in the address, `GET /events/stream?pass=…`, where no header can be sent: `EventSource` of a browser on ' +
      'another site. It opens streams and nothing else, for ten minutes and as often as you connect again, and ends with ' +
      'the session or the API token that made it. After that make another.',
    body: NoBody,
    bodyOptional: true,
    responds: { 201: StreamPass },
    mixesSecrets: true,
    secretAnswer: 'not_kept',
    handle: async (call) => createPass(call.app, call.actor),
  }),
]
