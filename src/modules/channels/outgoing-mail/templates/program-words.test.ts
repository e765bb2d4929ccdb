import { expect, test } from 'vitest'
import { Language } from '../../../../contract/enums.ts'
import { NotificationKind } from '../../../../contract/notification-kinds.ts'
import { reasons } from '../../recipients/tellings.ts'
import { closingOf } from '../mail-closing.service.ts'
import { textsOf } from './read-html.ts'
import { context, templateNames } from './sample-parameters.ts'
import { samplesIn } from './template-samples.ts'
import { renderMail } from './templates.ts'
import { builtInWords } from './words/built-in-words.ts'

/** Words that only programs read: paths of the API, methods of HTTP, names with `_`, and names of settings. */
const programWords =
  /\/api\b|\b(?:GET|HEAD|POST|PUT|PATCH|DELETE)\b|\b[a-z0-9]+_[a-z0-9_]+|\b[A-Z0-9]+_[A-Z0-9_]+|`|\{\{|\bnull\b|\bundefined\b/

const withoutLinks = (text: string): string => text.replaceAll(/\S*:\/\/\S*/g, '')
const found = (text: string): string[] => withoutLinks(text).match(new RegExp(programWords, 'g')) ?? []

/** A mail to each kind of reader for each reason, with what one click on it stops. */
const endings = ['watching', 'digests', null, 'of_a_later_version', ...NotificationKind.options].flatMap((stops) =>
  [...reasons, undefined].map((told_as) => ({ stops, parameters: { told_as }, email_id: 'x' })),
)

test.each(templateNames)('%s says nothing that only a program understands', (template) => {
  for (const language of Language.options) {
    // The name of an API token is what its person typed.
    const { hint: _, ...parameters } = samplesIn[language][template]
    const sample = template === 'api_token_created' ? { ...parameters, hint: 'cdk…4f7Q' } : parameters
    for (const [isConfirmed, isByStaff] of [
      [true, true],
      [false, false],
    ] as const) {
      const mail = renderMail(template, sample, { ...context, language, isConfirmed, isByStaff })
      expect(found(`${mail.subject}\n${mail.text}\n${textsOf(mail.html).join('\n')}`)).toEqual([])
    }
  }
})

test('neither does the end of any mail, which leads to the page on which people choose', () => {
  for (const language of Language.options) {
    for (const ending of endings) {
      for (const template of ['digest', 'comment_public']) {
        const closing = closingOf({ template, language, ...ending }, true)
        if (closing === null) continue
        const mail = renderMail('registration_known', {}, { ...context, language, closing })
        expect(found(`${mail.text}\n${textsOf(mail.html).join('\n')}`)).toEqual([])
        const isWatcher = ending.stops === 'watching'
        expect(mail.text.includes(`${context.publicUrl}/account/notifications`)).toBe(!isWatcher)
        // Without a console there is no such page.
        expect(closingOf({ template, language, ...ending }, false)?.choose).toBe(null)
      }
    }
  }
})

test('neither do the words of conditions that no sample meets', () => {
  for (const language of Language.options) {
    for (const { subject = '', heading, said, notes = [] } of Object.values(builtInWords[language])) {
      const words = [subject, heading, ...said, ...notes].join('\n').replaceAll(/\{\{[#^/]?[a-z_]+\}\}/g, '')
      expect(found(words)).toEqual([])
    }
  }
})
