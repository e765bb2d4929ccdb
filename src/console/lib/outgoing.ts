import { answerOf, api, type Problem } from '../api/calls.ts'
import type { components } from '../api/types.ts'
import { askedUndoSeconds } from './undo-time.ts'

export type SentComment = components['schemas']['Comment']
type Visibility = SentComment['visibility']

/** A comment that somebody has sent, until the program has answered. */
export interface Outgoing {
  /** Its `Idempotency-Key`: sent again after a lost answer or a reload, it is still one comment. */
  key: string
  ticketId: string
  visibility: Visibility
  body: string
  attachmentIds: string[]
  /** Files that are on the ticket already, because the message was taken back. The comment attaches the others. */
  onTicket?: string[]
  fileNames: string[]
  /** The version of the draft that it was written from; 0 for none. */
  draftVersion: number
  /** The summary with which the comment resolves its ticket. */
  resolution: string | null
  /** The version of the ticket that it is meant to resolve: it resolves no other one. */
  ticketVersion: string | null
  /** A word of thanks of the customer, which leaves a resolved ticket resolved. */
  staysResolved?: boolean
  /** To whom, as the button said it. */
  label: string
  at: string
  /** Until then, in milliseconds, the tab that it was written in has not made it ready. */
  notBefore: number
  /** `waiting`: for the connection, or its turn. `refused`: the program does not take it. */
  state: 'waiting' | 'sending' | 'refused'
  problem: Problem | null
}

/** Asks the program to take a comment. */
export const post = (item: Outgoing) => {
  const { ticketId, visibility, body, attachmentIds, draftVersion, resolution, ticketVersion, staysResolved } = item
  const isMeant = resolution !== null && ticketVersion
  return answerOf(
    api.POST('/tickets/{ticketId}/comments', {
      params: {
        path: { ticketId },
        header: { 'Idempotency-Key': item.key, ...(isMeant ? { 'If-Match': ticketVersion } : {}) },
      },
      body: {
        visibility,
        body,
        undo_seconds: askedUndoSeconds,
        ...(attachmentIds.length === 0 ? {} : { attachment_ids: attachmentIds }),
        ...(draftVersion === 0 ? {} : { draft_version: draftVersion }),
        ...(resolution === null ? {} : { resolution_summary: resolution }),
        ...(staysResolved ? { reopens: false } : {}),
      },
    }),
  )
}
