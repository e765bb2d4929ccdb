import { language } from './preferences.svelte.ts'

/** Texts and sentences of an area: a text, or a function that makes a whole sentence. */
type Texts = { [name: string]: string | ((...values: never[]) => string) | Texts }

/** The shape of English, which every other language must have. */
type Shape<T> = {
  [K in keyof T]: T[K] extends string
    ? string
    : T[K] extends (...values: infer V) => string
      ? (...values: V) => string
      : Shape<T[K]>
}

/**
 * The words of an area in each language. The function gives those of the reader's language; in a component it follows
 * when the language changes: `const w = $derived(words())`.
 */
export const catalogue =
  <T extends Texts>(texts: { en: T; de: Shape<T> }): (() => Shape<T>) =>
  () =>
    texts[language()] as Shape<T>
