import type { Request, Response } from 'express'
import type { Language } from '../../contract/enums.ts'
import type { App } from '../app-context.ts'
import { languages } from '../page.ts'
import type { Gate } from './public-call.ts'
import { contextOf } from './request-context.ts'

const isLanguage = (text: unknown): text is Language => typeof text === 'string' && Object.hasOwn(languages, text)

/** The language of a tag such as `de-AT`. */
const languageIn = (tag: string): string | undefined => tag.toLowerCase().split('-', 1)[0]

/** The language that the person chose by `?lang=`, or null. */
export const chosenLanguage = ({ query }: Request): Language | null => (isLanguage(query.lang) ? query.lang : null)

/** The language that the person or their browser says, or null. A browser that takes any says none. */
const saidLanguage = (req: Request): Language | null =>
  chosenLanguage(req) ?? req.acceptsLanguages().map(languageIn).find(isLanguage) ?? null

/**
 * The language of a page: that of `?lang=`, else that of the account, else the one that the browser prefers, else the
 * usual one of the tenant.
 */
export const languageOf = (res: Response, ofAccount: string | null = null): Language => {
  const ofPerson = chosenLanguage(res.req) ?? languageIn(ofAccount ?? '')
  return isLanguage(ofPerson) ? ofPerson : (saidLanguage(res.req) ?? contextOf(res).usualLanguage)
}

/**
 * Notes the usual language of a tenant for the pages of a request. It is asked only where nobody says a language. While
 * the database is away, and for a tenant that there is not, that of the program holds.
 */
export const noteUsualLanguage = async (
  app: App,
  gate: Gate,
  res: Response,
  slug: string | undefined,
): Promise<void> => {
  if (saidLanguage(res.req) !== null) return
  try {
    contextOf(res).usualLanguage = await gate.usualLanguage(app, slug)
  } catch {
    // The page is shown all the same.
  }
}
