import { languageTag } from '../lib/preferences.svelte.ts'
import { sentenceOf } from '../lib/problem-words.ts'
import { sizeOf } from './file-names.ts'
import type { FileRules } from './file-rules.ts'
import { words } from './files.words.ts'
import type { Upload } from './upload.ts'

/** Why a file did not go, in a sentence; empty when it did. */
export const failureSentence = ({ failure }: Upload, rules: FileRules | null): string => {
  const w = words()
  if (failure === null) return ''
  if (failure.kind === 'problem') return sentenceOf(failure.problem)
  if (failure.kind === 'too_large') return w.tooLarge(sizeOf(rules?.max_bytes ?? 0, languageTag()))
  if (failure.kind === 'kind') return w.kind(rules?.extensions.join(', ') ?? '')
  if (failure.kind === 'too_many') return w.tooMany(rules?.max_files_of_comment ?? 0)
  if (failure.kind === 'over') return w.over
  return w[failure.kind]
}
