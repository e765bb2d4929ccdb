import type { Request } from 'express'
import type { Language } from '../../contract/enums.ts'
import { languages } from '../page.ts'

const isLanguage = (text: unknown): text is Language => typeof text === 'string' && Object.hasOwn(languages, text)

/** The language that the person chose by `?lang=`, or null. */
export const chosenLanguage = ({ query }: Request): Language | null => (isLanguage(query.lang) ? query.lang : null)

/** The language of a page: that of `?lang=`, else that of the account, else the one that the browser prefers. */
export const languageOf = (req: Request, ofAccount: string | null = null): Language => {
  const known = ofAccount?.toLowerCase().split('-', 1)[0]
  const preferred = req.acceptsLanguages(...Object.keys(languages))
  return [chosenLanguage(req), known, preferred].find(isLanguage) ?? 'en'
}
