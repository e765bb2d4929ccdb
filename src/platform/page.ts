import type { Language } from '../contract/enums.ts'
import type { ErrorCode } from '../contract/error-codes.ts'
import type { App } from './app-context.ts'

/** The languages of pages, by their own names. */
export const languages: Record<Language, string> = { en: 'English', de: 'Deutsch' }

/** A text in each language. */
export type Words = Record<Language, string>

/** A field of a form. `name` is the member of the endpoint's body. */
export interface PageField {
  name: string
  label: Words
  type: 'email' | 'password' | 'text'
  autocomplete: string
  hint?: Words
  /** A code for a refused value that says more than that of the fault. */
  judge?: (typed: string) => string | null
  /** What is said of a value that is refused, by the code of the fault; `missing` for an empty field, else `other`. */
  faults: { missing: Words; other: Words; [code: string]: Words }
}

/** A form. It is sent to a page, which hands it to its endpoint. */
export interface PageForm {
  /** The path of the page that takes the form. */
  to: string
  /** Whether the form is for the tenant of the page. A token says by itself which tenant it is of. */
  isForTenant?: boolean
  /** What the form sends beside its fields, such as the token of the link. */
  hidden: Record<string, string>
  /** The name that the person reads, and with which their password manager keeps the password. */
  username?: { label: Words; value: string }
  fields: PageField[]
  button: Words
}

/** What a page shows. Every text of it is escaped. */
export interface View {
  /** The status of the answer to GET; 200 when it is left out. */
  status?: number
  heading: Words
  paragraphs: Words[]
  facts?: { label: Words; value: string }[]
  form?: PageForm
  /** Paragraphs at the end. */
  notes?: Words[]
  links?: { to: string; label: Words }[]
}

/** What a page found out about a request. */
export interface Look {
  view: View
  /** What is shown after the page's endpoint has done its work. */
  done?: View
  /** The language of the person whom the link is for. */
  language?: string | null
  /** The tenant whose page this is, as far as the link tells: the name is shown, and the forms are for it. */
  tenant?: { slug: string; name: string } | null
}

/** What a page is asked. */
interface PageCall {
  app: App
  /** The address of the place at which the page was asked for, without a slash at its end. */
  address: string
  /** The token of the link; empty without one. */
  token: string
  params: Record<string, string>
}

/**
 * A page for people, outside the API: it works in a browser without any script. GET and HEAD show it, and change
 * nothing, because scanners of mails follow links. POST asks an endpoint of the API with the fields of the page's form.
 */
export interface Page {
  /** Such as `/password/reset`, with `:names` for parameters. */
  path: string
  /** Whether there is a page for these parameters; elsewhere the path is unknown. */
  isAt?: (params: Record<string, string>) => boolean
  /** Whether the page stays where it is when the console is served. All others give way to the console. */
  isBesideConsole?: boolean
  /** Reads what the request is about, and changes nothing. */
  look: (call: PageCall) => Promise<Look>
  /** Without it the page is only read. */
  submit?: {
    /** The path below `/api` of the endpoint that takes the form, by POST. */
    endpoint: string
    /** The members of its body that the form has. */
    members: string[]
    /** What is shown in place of the page after an error that the person can do something about. */
    refused?: Partial<Record<ErrorCode, View>>
    /**
     * The one field of a form that a mail program sends without showing the page (RFC 8058). The token of such a form
     * stands in the address.
     */
    oneClick?: { field: string; value: string }
    /** The errors after which the page looks at its link again and shows what it finds, because the link is over. */
    over: ErrorCode[]
  }
}
