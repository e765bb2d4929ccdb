/** Why a mail was not taken, as far as the words of a mail server tell. */
export type MailReason =
  | 'noSuchAddress'
  | 'mailboxFull'
  | 'tooLarge'
  | 'takenForSpam'
  | 'askedToWait'
  | 'notReached'
  | 'notSignedIn'
  | 'notEncrypted'
  | 'refused'

interface Rule {
  reason: MailReason
  /** The enhanced code (RFC 3463) that means it, after its first digit. */
  code?: RegExp
  text?: RegExp
}

/** In order: an enhanced code is surer than words. */
const rules: Rule[] = [
  { reason: 'askedToWait', text: /\b4\.7\.\d/ },
  { reason: 'noSuchAddress', code: /^(?:1\.[123]|1\.10|2\.1)$/ },
  { reason: 'mailboxFull', code: /^(?:2\.2|3\.1)$/ },
  { reason: 'tooLarge', code: /^(?:2\.3|3\.4)$/ },
  { reason: 'takenForSpam', code: /^7\.(?:1|2[0-9]|4[0-9])$/ },
  { reason: 'notSignedIn', text: /^EAUTH\b|\b(?:530|534|535|538) / },
  { reason: 'notEncrypted', text: /^ETLS\b|certificate|STARTTLS/i },
  { reason: 'askedToWait', text: /gr[ae]y-?list|try (?:again )?later|too many|rate limit/i },
  { reason: 'mailboxFull', text: /mailbox (?:is )?full|over ?quota|quota exceeded|insufficient storage/i },
  { reason: 'tooLarge', text: /too (?:large|big)|size limit/i },
  { reason: 'noSuchAddress', text: /user unknown|unknown (?:user|recipient)|no such (?:user|mailbox|address)/i },
  { reason: 'takenForSpam', text: /\bspam\b|blocked|black-?list|reputation|policy/i },
  {
    reason: 'notReached',
    text: /^E(?:CONN|TIMEDOUT|SOCKET|DNS|HOST|NOTFOUND|AI_AGAIN|NET|STREAM|PIPE)|timed? ?out|Greeting never/i,
  },
]

const answer = /(?:^|[\s:])([45]\d\d(?:[ -].*)?)$/s

/**
 * Reads what is kept of a failed try. `said` are the words of the mail server, when it said any; what the program itself
 * found, such as that an account has been deactivated, has neither.
 */
export const readMailError = (error: string): { reason: MailReason | null; said: string | null } => {
  const said = answer.exec(error)?.[1] ?? null
  const code = /\b[45]\.(\d{1,3}\.\d{1,3})\b/.exec(said ?? '')?.[1] ?? ''
  const found = rules.find((rule) => rule.code?.test(code) || rule.text?.test(said ?? error) || rule.text?.test(error))
  if (found) return { reason: found.reason, said }
  return { reason: said?.startsWith('5') ? 'refused' : said === null ? null : 'askedToWait', said }
}
