import { answerOf, api, type Problem } from '../api/calls.ts'
import type { FileRules, Unfit } from './file-rules.ts'

/**
 * Why a file did not arrive: a rule, the connection, a refusal of the store, or a refusal of the API. `over`: it had
 * arrived, and is not kept any more.
 */
export type Failure = { kind: Unfit | 'cut' | 'refused' | 'over' } | { kind: 'problem'; problem: Problem }

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

/** A file that has arrived. `isOnTicket`: it is an attachment already, as after an Undo. */
export interface Sent {
  id: string
  name: string
  isOnTicket: boolean
}

/** A file of a message that was taken back. */
export type GivenBack = Pick<Upload, 'name' | 'size' | 'state' | 'failure' | 'uploadId' | 'attachmentId'>

/** The id by which a comment carries the file: an attachment has that of its upload. */
export const idOf = ({ uploadId, attachmentId }: Pick<Upload, 'uploadId' | 'attachmentId'>): string | null =>
  attachmentId ?? uploadId

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
