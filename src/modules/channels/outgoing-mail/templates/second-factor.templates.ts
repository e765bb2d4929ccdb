import { z } from 'zod'
import { notice, noticeWith } from './notice.ts'
import { counted } from './spoken-words.ts'

export const secondFactorTemplates = {
  second_factor_enabled: noticeWith({ replaced: z.boolean() }, ({ replaced }) => ({
    values: { is_replaced: replaced },
  })),
  second_factor_disabled: notice(),
  second_factor_reset: notice(),
  recovery_code_used: noticeWith({ left: z.int().min(0) }, ({ left }, { language }) => ({
    values: { codes_left: counted(language, left, 'recoveryCode'), was_last: left === 0 },
  })),
  second_factor_blocked: notice(),
}
