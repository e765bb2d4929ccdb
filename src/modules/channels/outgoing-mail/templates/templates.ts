import type { Language } from '../../../../contract/enums.ts'
import { composeBlocks, composeSubject } from './compose-letter.ts'
import { toHtml } from './html.ts'
import { type Fact, type Filling, frame, type Letter, type MailContext } from './letter.ts'
import { MailRoom } from './mail-room.ts'
import { toPlainText } from './plain-text.ts'
import { builtInSource, templates } from './template-list.ts'
import type { TemplateName } from './template-names.ts'
import { type Node, parseTemplate, type Source, subjectAtMost, textAtMost } from './template-source.ts'
import { oneLine, subjectLine } from './user-text.ts'
import { withoutTypedTexts, withoutWithheldFacts, withoutWithheldWords } from './withheld-texts.ts'

export interface RenderedMail {
  subject: string
  text: string
  html: string
}

interface Parsed {
  subject: Node[]
  text: Node[]
  /** Whether it is of a tenant, and so makes a mail of bounded length only. */
  isOwn: boolean
}

/** @throws TemplateFault. */
const parse = ({ subject, text }: Source, isOwn: boolean): Parsed => ({
  subject: parseTemplate(subject, subjectAtMost),
  text: parseTemplate(text, textAtMost),
  isOwn,
})

/** The built-in templates, each parsed when it is used for the first time. */
const parsedBuiltIns = new Map<string, Parsed>()

const parsedBuiltIn = (template: TemplateName, language: Language): Parsed => {
  const key = `${language} ${template}`
  const parsed = parsedBuiltIns.get(key) ?? parse(builtInSource(template, language), false)
  parsedBuiltIns.set(key, parsed)
  return parsed
}

/** What the subject of a test begins with, so that nobody takes it for the mail itself. A long subject is cut behind it. */
const testMark = '[Test] '

const render = (letter: Letter, context: MailContext): RenderedMail => {
  const framed = frame(letter, context)
  const subject = context.isTest ? subjectLine(`${testMark}${framed.subject}`) : framed.subject
  return { subject, text: toPlainText(framed), html: toHtml(framed) }
}

/** @throws TemplateFault. */
const compose = ({ subject, text, isOwn }: Parsed, filling: Filling): Letter => ({
  subject: subjectLine(composeSubject(subject, filling, new MailRoom(isOwn))),
  blocks: composeBlocks(text, filling, new MailRoom(isOwn)),
})

/** The letter that a template makes of what a mail tells. To an unconfirmed address it has no text of a customer. */
const letterOf = (
  template: TemplateName,
  source: Parsed,
  parameters: unknown,
  context: MailContext,
): { letter: Letter; isEmpty: boolean } => {
  const { parameters: schema, fill } = templates[template]
  if (context.isConfirmed) {
    const letter = compose(source, fill(parameters, context))
    return { letter, isEmpty: letter.subject === '' || letter.blocks.length === 0 }
  }
  const filling = fill(withoutTypedTexts(parameters, schema, context.isByStaff), context)
  const shown = withoutWithheldFacts(filling)
  const letter = compose(source, shown.filling)
  const isEmpty = letter.subject === '' || letter.blocks.length === 0
  return { letter: withoutWithheldWords(letter, shown.isCut, context), isEmpty }
}

/** Why the tenant's own template was not used. */
type OnFault = (reason: string) => void

/**
 * Renders a mail, as text and as HTML, by what the tenant wrote for it, else by the built-in template. It has no side
 * effect but `onFault`, and reads no clock, so the same mail comes out each time that it is sent or looked at. When the
 * tenant's template cannot be used, the built-in one is, so that no mail is lost by a template. Members of `parameters`
 * that the template does not know are ignored.
 * @throws ZodError when the parameters are not the template's.
 */
export const renderMail = (
  template: TemplateName,
  parameters: unknown,
  context: MailContext,
  onFault: OnFault = () => {},
): RenderedMail => {
  const builtIn = () => letterOf(template, parsedBuiltIn(template, context.language), parameters, context).letter
  if (context.own === null) return render(builtIn(), context)
  try {
    const { letter, isEmpty } = letterOf(template, parse(context.own, true), parameters, context)
    if (!isEmpty) return render(letter, context)
    onFault('its subject or its text is empty')
  } catch (error) {
    onFault(error instanceof Error ? error.message : String(error))
  }
  return render(builtIn(), context)
}

/** What a template that is not kept yet would make, for a preview. @throws TemplateFault, and as `renderMail`. */
export const renderSource = (
  template: TemplateName,
  source: Source,
  parameters: unknown,
  context: MailContext,
): RenderedMail => render(letterOf(template, parse(source, true), parameters, context).letter, context)

interface Note {
  heading: string
  paragraph: string
  facts: Fact[]
}

/** A letter that stands for a mail of a template. It is for admins and operators, and is in English. */
const renderInPlace = (template: string, { heading, paragraph, facts }: Note, context: MailContext): RenderedMail =>
  render(
    {
      subject: subjectLine(`A mail of the template ${template}`),
      blocks: [
        { kind: 'heading', text: heading },
        { kind: 'paragraph', text: paragraph },
        { kind: 'facts', facts: [{ label: 'Template', value: oneLine(template) }, ...facts], url: null },
      ],
    },
    { ...context, language: 'en' },
  )

/** What is shown in place of a mail that cannot be written. It is never sent. */
export const renderNote = (template: string, reason: string, context: MailContext): RenderedMail =>
  renderInPlace(
    template,
    {
      heading: 'This mail cannot be shown here',
      paragraph: 'This version of the program cannot write the mail, so the mail is not sent.',
      facts: [{ label: 'Reason', value: oneLine(reason) }],
    },
    context,
  )

/** What is shown in place of an old mail whose text was removed at `blankedAt`. It is never sent. */
export const renderBlanked = (template: string, blankedAt: string, context: MailContext): RenderedMail =>
  renderInPlace(
    template,
    {
      heading: 'The text of this mail is gone',
      paragraph: 'The texts of old mails are removed after some time. The other facts of the mail are kept.',
      facts: [{ label: 'Removed at', value: blankedAt }],
    },
    context,
  )
