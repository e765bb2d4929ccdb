import { languageTag } from './preferences.svelte.ts'
import { session } from './session.svelte.ts'
import type { TimeReader } from './time.ts'

/** The language and zone in which times are written for this person. */
export const reader = (): TimeReader => ({ language: languageTag(), zone: session.me?.time_zone ?? null })
