import { z } from 'zod'
import { Role } from '../../../contract/enums.ts'
import { email, knownEmail, line } from '../../../platform/schemas.ts'

export const PersonName = line(100)
export const Email = email
export const KnownEmail = knownEmail

export const User = z
  .object({ id: z.string(), role: Role, name: z.string(), email: z.string(), tenant: z.string() })
  .meta({ id: 'User', description: 'Who is signed in.' })
