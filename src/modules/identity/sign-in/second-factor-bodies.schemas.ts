import { z } from 'zod'
import { TriedCode } from '../second-factor/second-factor.schemas.ts'
import { TriedPassword } from './sign-in.schemas.ts'

export const ProveYourself = z
  .strictObject({ current_password: TriedPassword, second_factor_code: TriedCode.optional() })
  .meta({ id: 'ProveYourself', examples: [{ current_password: 'the password of the demo' }] })

export const ProveSecondFactor = z
  .strictObject({ second_factor_code: TriedCode })
  .meta({ id: 'ProveSecondFactor', examples: [{ second_factor_code: '492039' }] })

export const ConfirmSecondFactor = z
  .strictObject({ code: TriedCode })
  .meta({ id: 'ConfirmSecondFactor', examples: [{ code: '492039' }] })
