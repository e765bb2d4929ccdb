import { z } from 'zod'
import { timestamp } from '../../../platform/schemas.ts'
import { SessionKind } from '../sign-in/sign-in.schemas.ts'

const OwnSession = z
  .object({
    session_id: z.uuid(),
    kind: SessionKind,
    device: z.string(),
    address: z.string().nullable(),
    started_at: timestamp,
    last_used_at: timestamp,
    expires_at: timestamp,
    is_current: z.boolean(),
  })
  .meta({ id: 'OwnSession', description: 'One of your own sessions.' })

export const OwnSessionList = z.object({ sessions: z.array(OwnSession) }).meta({ id: 'OwnSessionList' })

export const SessionParams = z.object({ sessionId: z.uuid().meta({ description: 'The id of the session.' }) })
