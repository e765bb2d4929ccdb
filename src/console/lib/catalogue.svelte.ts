import { mailsGo } from './mails.ts'
import { language } from './preferences.svelte.ts'
import { inSentence } from './shown-name.ts'

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

/** Some of these words, the same in shape. */
type Some<T> = { [K in keyof T]?: T[K] extends string | ((...values: never[]) => string) ? T[K] : Some<T[K]> }

/** A sentence in which no name turns what stands behind it. */
const withNames =
  (sentence: (...values: unknown[]) => string) =>
  (...values: unknown[]): string =>
    sentence(...values.map((value) => (typeof value === 'string' ? inSentence(value) : value)))

const withSome = <T extends Texts>(texts: T, some: Some<T> | undefined): T =>
  Object.fromEntries(
    Object.entries(texts).map(([name, text]) => {
      const other = some?.[name]
      if (typeof text === 'object') return [name, withSome(text, other as Some<Texts> | undefined)]
      const one = other ?? text
      return [name, typeof one === 'function' ? withNames(one as (...values: unknown[]) => string) : one]
    }),
  ) as T

/**
 * The words of an area in each language. The function gives those of the reader's language; in a component it follows
 * when the language changes: `const w = $derived(words())`.
 * `withoutMails`: what is said instead where there is no mail server. So nothing promises a mail that nobody gets.
 */
export const catalogue = <T extends Texts>({
  withoutMails,
  ...texts
}: {
  en: T
  de: Shape<T>
  withoutMails?: { en: Some<Shape<T>>; de: Some<Shape<T>> }
}): (() => Shape<T>) => {
  const others = mailsGo ? undefined : withoutMails
  const said = {
    en: withSome<Texts>(texts.en, others?.en as Some<Texts>),
    de: withSome<Texts>(texts.de as Texts, others?.de as Some<Texts>),
  }
  return () => said[language()] as Shape<T>
}
