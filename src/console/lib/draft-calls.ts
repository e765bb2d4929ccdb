import { type Answer, answerOf, api } from '../api/calls.ts'
import type { DraftKind, ServedDraft } from './draft-rules.ts'

const path = '/tickets/{ticketId}/drafts/{draftKind}'

interface WhichDraft {
  ticketId: string
  kind: DraftKind
}

/** What the server has. */
export const readDraft = ({ ticketId, kind: draftKind }: WhichDraft): Promise<Answer<ServedDraft>> =>
  answerOf(api.GET(path, { params: { path: { ticketId, draftKind } } }))

/** Saves a text over a version of the draft. Without a text the draft goes, and so has no answer. */
export const writeDraft = (
  { ticketId, kind: draftKind }: WhichDraft,
  version: number,
  body: string,
): Promise<Answer<ServedDraft | undefined>> => {
  const params = { path: { ticketId, draftKind }, header: { 'If-Match': `"${version}"` } }
  return body.trim() === ''
    ? answerOf<ServedDraft | undefined>(api.DELETE(path, { params }))
    : answerOf<ServedDraft | undefined>(api.PUT(path, { params, body: { body } }))
}
