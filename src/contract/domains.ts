import { domainToASCII, domainToUnicode } from 'node:url'
import { z } from 'zod'

/**
 * What a domain may be typed with: letters, digits, dashes and dots of any script, and the joiners and middle dots that
 * some languages need, and nothing else that cannot be seen. `domainToASCII` alone takes `/`, `%41` and line breaks.
 */
const typedDomain =
  /^(?:(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{M}\p{N}.\u3002\uff0e\uff61\u00b7\u0375\u05f3\u05f4\u30fb-]|\u200c|\u200d)+$/u

/**
 * A domain in ASCII. Its labels do not end in a dash and have at most 63 characters (RFC 1035, 2.3.1). The last label
 * has letters only, or is in punycode.
 */
const asciiDomain =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+(?:[A-Za-z]{2,63}|[Xx][Nn]--[A-Za-z0-9-]{0,58}[A-Za-z0-9])$/

const isAscii = (text: string): boolean => /^[\x21-\x7e]*$/.test(text)

/** What no domain has in Unicode: labels that begin like punycode but are none, and dashes at the ends of labels. */
const brokenLabel = /(?:^|\.)(?:xn--|-)|-(?:\.|$)/

/** A domain as it was typed, in ASCII. Null for no domain. */
export const domainOf = (typed: string): string | null => {
  const domain = isAscii(typed) ? typed : typedDomain.test(typed) ? domainToASCII(typed) : ''
  return asciiDomain.test(domain) && !brokenLabel.test(domainToUnicode(domain)) ? domain : null
}

/**
 * A domain that was typed, in the form in which domains are compared: punycode in small letters. Null for no domain.
 */
export const comparedDomain = (typed: string): string | null => {
  const domain = domainOf(typed.normalize('NFC').trim())
  return domain === null || domain.length > 253 ? null : domain.toLowerCase()
}

/** A domain as it was typed. It is kept as domains are compared: in punycode, in small letters. */
export const Domain = z
  .string()
  .max(253, { abort: true })
  .refine((typed) => comparedDomain(typed) !== null, {
    error: 'must be a domain such as harbour.example.com',
    abort: true,
  })
  .transform((typed) => comparedDomain(typed) ?? typed)
