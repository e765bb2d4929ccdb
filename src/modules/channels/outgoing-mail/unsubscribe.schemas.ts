import { z } from 'zod'

export const Unsubscribe = z
  .strictObject({
    token: z
      .string()
      .min(1)
      .max(300)
      .meta({ description: 'The token in the address that `List-Unsubscribe` of the mail has.' }),
  })
  .meta({ id: 'Unsubscribe', examples: [{ token: 'the token in the address' }] })
