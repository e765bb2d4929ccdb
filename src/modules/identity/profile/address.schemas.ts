import { z } from 'zod'

export const ConfirmEmail = z
  .strictObject({ token: z.string().min(1).max(300) })
  .meta({ id: 'ConfirmEmail', examples: [{ token: 'the token in the link' }] })
