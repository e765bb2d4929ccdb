import { domainOf } from '../contract/domains.ts'

/** A dot-atom of RFC 5322, 3.2.3, of at most 64 characters (RFC 5321, 4.5.3.1.1). */
const localPart = /^(?=.{1,64}$)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/

/** Begins an encoded word of RFC 2047, which some readers of a header would decode: then the mail goes elsewhere. */
const encodedWord = /=\?/

/** What an address must be, as the end of a sentence about it. */
const mustBe = {
  address: 'must be an e-mail address such as cleo@example.com',
  ascii: 'must have only ASCII characters before the @, because most mail servers take no others',
  length: 'must have at most 254 characters, with its domain in punycode',
}

/** An address as mails go to it, or why there is none. */
type Reading = { address: string } | { error: string }

/**
 * Reads an address as it was typed: a dot-atom, an @, and a domain, which may be in Unicode. Quoted local parts and
 * comments are refused, because parsers read them differently. At most 254 characters (RFC 5321).
 */
export const readEmail = (typed: string): Reading => {
  const at = typed.lastIndexOf('@')
  const local = typed.slice(0, Math.max(at, 0))
  const domain = domainOf(typed.slice(at + 1))
  if (domain !== null && !/^\p{ASCII}*$/u.test(local)) return { error: mustBe.ascii }
  if (domain === null || !localPart.test(local) || encodedWord.test(local)) return { error: mustBe.address }
  const address = `${local}@${domain}`
  return address.length > 254 ? { error: mustBe.length } : { address }
}

/** The two forms of an address that was typed. */
interface AddressForms {
  /** How it is stored, found and mailed to: the domain is in ASCII, in punycode when it was typed in Unicode. */
  address: string
  /** As it was typed, when that is not the form in which it is stored; else null. */
  typed: string | null
}

/** The forms of an address, composed and trimmed. Null when the text is no address. */
export const addressForms = (text: string): AddressForms | null => {
  const typed = text.normalize('NFC').trim()
  const reading = readEmail(typed)
  if ('error' in reading) return null
  return { address: reading.address, typed: reading.address === typed ? null : typed }
}

/** The form in which an address is stored. A text that is no address stays as it is, and no account has it. */
export const mailableForm = (typed: string): string => addressForms(typed)?.address ?? typed

/** The address as it was typed, when that is not the form in which it is stored; else null. */
export const typedForm = (typed: string): string | null => addressForms(typed)?.typed ?? null
