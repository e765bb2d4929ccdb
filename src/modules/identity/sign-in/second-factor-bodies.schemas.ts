import { z } from 'zod'
import { isStorable, storable } from '../../../contract/storable.ts'
import { TriedCode } from '../second-factor/second-factor.schemas.ts'
import { TriedPassword, WantedSession } from './sign-in.schemas.ts'

export const ProveYourself = z
  .strictObject({ current_password: TriedPassword, second_factor_code: TriedCode.optional() })
  .meta({ id: 'ProveYourself', examples: [{ current_password: 'the password of the demo' }] })

export const ProveSecondFactor = z
  .strictObject({ second_factor_code: TriedCode })
  .meta({ id: 'ProveSecondFactor', examples: [{ second_factor_code: '492039' }] })

export const ConfirmSecondFactor = z
  .strictObject({ code: TriedCode })
  .meta({ id: 'ConfirmSecondFactor', examples: [{ code: '492039' }] })

export const FinishSignIn = z
  .strictObject({
    challenge: z.string().min(1).max(300),
    code: TriedCode.optional().meta({ description: 'The six digits that the app shows.', examples: ['492039'] }),
    recovery_code: TriedCode.optional().meta({
      description: 'A recovery code, in place of `code`. Each is good once.',
      examples: ['x7k2m-9pqrs-4tvwx-yz3ab'],
    }),
    session: WantedSession.optional(),
  })
  .superRefine(({ code, recovery_code: recoveryCode }, { addIssue }) => {
    if (code === undefined && recoveryCode === undefined) {
      addIssue({ code: 'custom', path: ['code'], message: 'is missing: send it, or recovery_code' })
    } else if (code !== undefined && recoveryCode !== undefined) {
      addIssue({ code: 'custom', path: ['recovery_code'], message: 'must be left out when code is there' })
    }
  })
  .meta({
    id: 'FinishSignIn',
    oneOf: [{ required: ['code'] }, { required: ['recovery_code'] }],
    examples: [{ challenge: 'the challenge of the refusal', code: '492039' }],
  })

/** The members of a body by which an admin proves again who they are, where what they ask for needs it. */
export const proofMembers = {
  current_password: TriedPassword.refine(isStorable, storable)
    .optional()
    .meta({
      description: 'Your own password, where the description of the endpoint asks for it.',
      examples: ['the password of the demo'],
    }),
  second_factor_code: TriedCode.refine(isStorable, storable)
    .optional()
    .meta({
      description: 'A code of your own second factor, when you have one and the password is asked for.',
      examples: ['492039'],
    }),
}

export const ResetSecondFactor = z
  .strictObject({ ...proofMembers, current_password: TriedPassword })
  .meta({ id: 'ResetSecondFactor', examples: [{ current_password: 'the password of the demo' }] })
