/**
 * Why a mail was not taken, in few words: what the code of a mail server means. `other`: only the server's words say
 * it.
 */
export type MailReason =
  | 'full'
  | 'unknown'
  | 'policy'
  | 'size'
  | 'later'
  | 'unreachable'
  | 'secure'
  | 'refused'
  | 'other'

/** Patterns, the first that fits counts: enhanced status codes (RFC 3463) before the words of servers. */
const reasons: [MailReason, RegExp][] = [
  ['full', /\b[45]\.2\.2\b|\b452\b|mailbox (?:is )?full|over ?quota|quota exceeded/i],
  ['unknown', /\b5\.1\.[0-36]\b|user unknown|unknown user|no such (?:user|mailbox)|does not exist|recipient rejected/i],
  ['size', /\b5\.3\.4\b|\b552\b|too large|size limit/i],
  ['policy', /\b5\.7\.\d+\b|\b554\b|spam|blocked|blacklist|blocklist|policy|dmarc|\bspf\b|dkim/i],
  ['secure', /\bTLS\b|certificate|self.signed/i],
  ['unreachable', /ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|timed? ?out|timeout|getaddrinfo|connection/i],
  ['later', /\b4\.\d\.\d+\b|\b4[2-5]\d\b|greylist|try again|temporar/i],
  ['refused', /\b5\d\d\b|\b5\.\d\.\d+\b/],
]

/** The plain reason of what a mail server, or the way to it, answered. */
export const mailReasonOf = (words: string): MailReason =>
  reasons.find(([, pattern]) => pattern.test(words))?.[0] ?? 'other'
