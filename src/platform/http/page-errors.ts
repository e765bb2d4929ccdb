import type { Request, Response } from 'express'
import { type ErrorCode, errorCodes } from '../../contract/error-codes.ts'
import type { AppError } from '../errors.ts'
import { html } from '../markup.ts'
import type { Words } from '../page.ts'
import { sendPage } from './page-frame.ts'
import { languageOf } from './page-language.ts'
import { contextOf, requestIdOf } from './request-context.ts'

/** What a page says of an error: what happened, and what the person can do. */
interface ErrorWords {
  heading: Words
  advice: Words
}

const goBack: Words = {
  en: 'Go back in your browser, and try again.',
  de: 'Gehen Sie im Browser zurück, und versuchen Sie es noch einmal.',
}

const nothingThere: ErrorWords = {
  heading: { en: 'There is nothing at this address', de: 'Unter dieser Adresse gibt es nichts' },
  advice: {
    en: 'Compare the address with the one in your mail. A line break may have cut it off.',
    de: 'Vergleichen Sie die Adresse mit der in Ihrer Mail. Vielleicht hat ein Zeilenumbruch sie abgeschnitten.',
  },
}

const words: Record<number, ErrorWords> = {
  403: {
    heading: { en: 'This form came from another site', de: 'Dieses Formular kam von einer anderen Website' },
    advice: {
      en: 'Nothing was changed. Open the link in your mail, and use the form that is shown there.',
      de: 'Nichts wurde geändert. Öffnen Sie den Link in Ihrer Mail, und benutzen Sie das Formular, das dort erscheint.',
    },
  },
  404: nothingThere,
  413: { heading: { en: 'That is too long', de: 'Das ist zu lang' }, advice: goBack },
  429: {
    heading: { en: 'Too many attempts', de: 'Zu viele Versuche' },
    advice: {
      en: 'Wait a little. Then go back in your browser, and try again. If you followed a link, it stays good until it expires.',
      de: 'Warten Sie etwas. Gehen Sie dann im Browser zurück, und versuchen Sie es noch einmal. Wenn Sie einem Link gefolgt sind, bleibt er gültig, bis er abläuft.',
    },
  },
  503: {
    heading: { en: 'This is not available at the moment', de: 'Das ist im Moment nicht verfügbar' },
    advice: {
      en: 'Try again in a minute. If it stays so, tell the people who run this service.',
      de: 'Versuchen Sie es in einer Minute noch einmal. Wenn es so bleibt, sagen Sie es den Leuten, die diesen Dienst betreiben.',
    },
  },
}

/** Codes whose words are not those of their status. */
const wordsOfCode: Partial<Record<ErrorCode, ErrorWords>> = {
  tenant_suspended: {
    heading: {
      en: 'This helpdesk is suspended at the moment',
      de: 'Dieser Helpdesk ist zurzeit stillgelegt',
    },
    advice: {
      en: 'Until it goes on, nobody can sign in here. Ask in your organisation, or try again later.',
      de: 'Bis er weitergeht, kann sich hier niemand anmelden. Fragen Sie in Ihrer Organisation nach, oder versuchen Sie es später noch einmal.',
    },
  },
  other_tenant: nothingThere,
}

const ofClient: ErrorWords = {
  heading: { en: 'This request was not understood', de: 'Diese Anfrage wurde nicht verstanden' },
  advice: {
    en: 'Nothing was changed. Open the link in your mail again, and use the form that is shown there.',
    de: 'Nichts wurde geändert. Öffnen Sie den Link in Ihrer Mail noch einmal, und benutzen Sie das Formular, das dort erscheint.',
  },
}
const ofServer: ErrorWords = {
  heading: { en: 'The server has failed', de: 'Der Server hat einen Fehler' },
  advice: {
    en: 'Try again. If it fails again, tell the people who run this service, with the number below.',
    de: 'Versuchen Sie es noch einmal. Wenn es wieder nicht geht, sagen Sie es den Leuten, die diesen Dienst betreiben, und nennen Sie die Nummer unten.',
  },
}

const waiting = (seconds: string): Words => ({
  en: `You can try again in ${seconds} seconds.`,
  de: `In ${seconds} Sekunden können Sie es wieder versuchen.`,
})

const isRead = ({ method }: Request): boolean => method === 'GET' || method === 'HEAD'

/** Whether a path is below `/api`, however it is spelled. What is there is for programs only. */
const isOfApi = (path: string): boolean => {
  try {
    return /^[/\\]*api(?:[/\\;]|$)/i.test(decodeURIComponent(path))
  } catch {
    return true
  }
}

/** What a browser may meet at any address. The other errors of such an address are for programs. */
const isForAnybody = (code: ErrorCode): boolean => {
  const { status } = errorCodes[code]
  return status === 404 || status === 429 || status >= 500 || wordsOfCode[code] !== undefined
}

/**
 * Whether an error is shown as a page: at an address of a page, or where a browser asks for an address outside the API.
 * Only a browser says that it takes HTML rather than JSON.
 */
export const isForPage = (res: Response, { code }: AppError): boolean => {
  const { req } = res
  if (contextOf(res).isPage) return true
  const isOfBrowser = isRead(req) && req.accepts(['json', 'html']) === 'html'
  return isOfBrowser && !isOfApi(req.path) && isForAnybody(code)
}

/** Sends an error as a page, with the status that it has in the API, and none of the words that are for programs. */
export const sendErrorPage = (res: Response, { code, options }: AppError): void => {
  const { req } = res
  const { status } = errorCodes[code]
  const language = languageOf(res)
  const { heading, advice } = wordsOfCode[code] ?? words[status] ?? (status >= 500 ? ofServer : ofClient)
  const seconds = options.headers?.['Retry-After']
  const wait = status === 429 && seconds !== undefined ? html`<p>${waiting(seconds)[language]}</p>\n` : ''
  const number = status >= 500 ? html`<p>${requestIdOf(res)}</p>\n` : ''
  sendPage(res, status, {
    language,
    owner: null,
    title: heading[language],
    addressIn: isRead(req) ? (other) => `?lang=${other}` : null,
    content: html`<h1>${heading[language]}</h1>
<p>${advice[language]}</p>
${wait}${number}`,
  })
}
