import type { LetterBlock } from './letter.ts'
import { TemplateFault } from './template-source.ts'

/** How much the tags of a tenant's template may make of a mail, in characters of its text and its HTML together. */
const roomOfOwn = 200_000

/** What one character becomes in HTML, beside what it is. */
const escaped = /[&<>"']/g

/** About how many characters of text and HTML a text becomes: what is escaped, and a line, takes more. */
const sizeOfText = (text: string): number =>
  2 * text.length + 5 * (text.match(escaped)?.length ?? 0) + 5 * text.split('\n').length

/** The markup around a part of a letter, in characters. */
const markup = 200

const sizeOfBlock = (block: LetterBlock): number => {
  if (block.kind === 'facts')
    return block.facts.reduce((sum, { label, value }) => sum + markup + sizeOfText(label) + sizeOfText(value), 0)
  if (block.kind === 'action') return markup + sizeOfText(block.label) + sizeOfText(block.url)
  return markup + sizeOfText(block.text)
}

/**
 * How much room a mail has left while it is composed. A template may name a long value many times, so what comes out is
 * counted before it is made, and composing ends where the room does.
 */
export class MailRoom {
  #left: number

  /** The built-in texts name each block once, and need no bound. */
  constructor(isOwn: boolean) {
    this.#left = isOwn ? roomOfOwn : Number.POSITIVE_INFINITY
  }

  /** Takes the room of what a tag makes. `at`: where the tag is. @throws TemplateFault `mail_too_long`. */
  take(made: string | LetterBlock[], at: number): void {
    this.#left -= typeof made === 'string' ? sizeOfText(made) : made.reduce((sum, each) => sum + sizeOfBlock(each), 0)
    if (this.#left < 0)
      throw new TemplateFault('mail_too_long', 'the mail is too long from here on: name long values less often', at)
  }
}
