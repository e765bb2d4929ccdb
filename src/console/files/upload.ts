import { answerOf, api, type Problem } from '../api/calls.ts'
import type { FileRules, Unfit } from './file-rules.ts'

/** Why a file did not arrive: a rule, the connection, a refusal of the store, or a refusal of the API. */
export type Failure = { kind: Unfit | 'cut' | 'refused' } | { kind: 'problem'; problem: Problem }

/** A file on its way. `waiting`: for its turn, or for its ticket. `sent`: the store has it, and nobody sees it yet. */
export interface Upload {
  key: number
  name: string
  size: number
  state: 'waiting' | 'preparing' | 'sending' | 'sent' | 'failed'
  sentBytes: number
  sendingSince: number
  failure: Failure | null
  uploadId: string | null
  attachmentId: string | null
}

let rules: Promise<FileRules> | null = null
/** What may be attached. Asked once; again when the answer did not come. */
export const fileRules = (): Promise<FileRules> => {
  rules ??= answerOf(api.GET('/attachment-rules')).then((answer) => {
    if (answer.ok) return answer.data
    rules = null
    throw new Error(answer.problem.code)
  })
  return rules
}
