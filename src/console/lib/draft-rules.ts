/** A text that is kept in this browser because the server does not have it yet. `base`: the version it came from. */
export interface KeptText {
  text: string
  base: number
}

/** A draft as the server has it. */
export interface ServedDraft {
  body: string
  version: number
  updated_at: string
}

/** What the writer has, and what another window or device of theirs has, when both are to be shown. */
export interface Standing extends KeptText {
  /** Whether the server does not have the text yet. */
  isUnsaved: boolean
  other: ServedDraft | null
}

/** Line ends as the server keeps them. */
const plainLines = (text: string): string => text.replaceAll('\r\n', '\n')

const sameText = (one: string, two: string): boolean => plainLines(one).trim() === plainLines(two).trim()

/**
 * Joins the text that somebody has typed with the draft of the server. Nothing typed is lost: when both are new and
 * differ, the typed text stays, and the other is shown beside it.
 */
export const join = (kept: KeptText | null, served: ServedDraft | null): Standing => {
  if (kept === null || kept.text === '') {
    return { text: served?.body ?? '', base: served?.version ?? 0, isUnsaved: false, other: null }
  }
  if (served === null) return { text: kept.text, base: 0, isUnsaved: kept.text.trim() !== '', other: null }
  const base = served.version
  if (sameText(kept.text, served.body)) return { text: kept.text, base, isUnsaved: false, other: null }
  if (kept.base === base) return { text: kept.text, base, isUnsaved: true, other: null }
  return { text: kept.text, base: kept.base, isUnsaved: true, other: served }
}

/** What news of a draft in another window mean for this one. */
export const onNews = (
  { base, isUnsaved }: Pick<Standing, 'base' | 'isUnsaved'>,
  version: number,
): 'nothing' | 'empty' | 'read' => {
  if (version === base) return 'nothing'
  if (version === 0) return isUnsaved ? 'nothing' : 'empty'
  return 'read'
}
