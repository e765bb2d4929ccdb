import { extensionOf } from './file-names.ts'

/** What may be attached, as the API says it. */
export interface FileRules {
  max_bytes: number
  extensions: string[]
  max_files_of_comment: number
}

/** Why a file is not sent, which is known before it is. */
export type Unfit = 'empty' | 'too_large' | 'kind' | 'too_many'

/** What the rules have against a file; null when they have nothing. `count`: the files that are there already. */
export const unfitness = (file: { name: string; size: number }, rules: FileRules, count: number): Unfit | null => {
  if (!rules.extensions.includes(extensionOf(file.name))) return 'kind'
  if (file.size > rules.max_bytes) return 'too_large'
  if (file.size === 0) return 'empty'
  return count >= rules.max_files_of_comment ? 'too_many' : null
}

/** What a browser's file dialog offers. */
export const acceptedBy = ({ extensions }: FileRules): string =>
  extensions.map((extension) => `.${extension}`).join(',')

/** Kinds of pictures that every browser draws, and none runs. */
const pictures = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])
/** The largest picture that is fetched to be looked at. */
const pictureBytes = 10_000_000

/** Whether a file is a picture that the page shows. */
export const isPicture = ({ content_type: type, size }: { content_type: string; size: number }): boolean =>
  pictures.has(type) && size <= pictureBytes
