import type { DraftKind, Visibility } from '../../../contract/enums.ts'
import { type Access, writeIf } from '../../../platform/access.ts'
import type { User } from '../../identity/accounts/actor.ts'

/** The kind of the draft of a comment: what everybody on the ticket reads is a reply. */
export const draftKindOf = (visibility: Visibility): DraftKind => (visibility === 'public' ? 'reply' : 'note')

/**
 * Drafts on a visible ticket: the staff may have both kinds, also where they may not send a reply yet. A customer
 * writes no notes.
 */
export const draftAccess = ({ role }: User, kind: DraftKind): Access => writeIf(role !== 'customer' || kind === 'reply')
