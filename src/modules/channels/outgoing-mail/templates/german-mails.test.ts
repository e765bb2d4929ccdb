import { describe, expect, it } from 'vitest'
import type { MailContext } from './letter.ts'
import { textsOf } from './read-html.ts'
import { context, templateNames, userWritten } from './sample-parameters.ts'
import { sampleTexts } from './sample-texts.ts'
import type { TemplateName } from './template-names.ts'
import { samplesIn } from './template-samples.ts'
import { renderMail } from './templates.ts'

const inGerman: MailContext = { ...context, language: 'de', recipientName: sampleTexts.de.recipient }
const samples = samplesIn.de

/** Words of English that are none of German. None of them stands in a sample. */
const english =
  /\b(?:you|your|the|this|is|has|have|been|with|from|please|and|of|by|it|not|nobody|to|for|who|when|mail was|ticket was)\b/i

/** What users wrote in a sample, and what is the same in both languages. */
const isOfSample = (template: TemplateName, language: MailContext['language'], line: string): boolean => {
  const written = [
    ...userWritten(template).flatMap((key) => String(samplesIn[language][template][key]).split('\n')),
    ...Object.values(sampleTexts[language]).flatMap((text: string) => text.split('\n')),
    'Acme Support',
  ]
  const bare = line.replaceAll(/^[>\s]+/g, '')
  return written.some((text) => text.trim() === bare)
}

/** The lines of a mail that somebody reads, without addresses and what users wrote. */
const linesOf = (template: TemplateName, language: MailContext['language']): string[] => {
  const { text } = renderMail(template, samplesIn[language][template], { ...inGerman, language })
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.includes('://') && !isOfSample(template, language, line))
}

describe.each(templateNames)('%s in German', (template) => {
  const mail = renderMail(template, samples[template], inGerman)

  it('has no English sentence, and no line of the English mail', () => {
    const written = userWritten(template).map((key) => String(samples[template][key]))
    const ours = linesOf(template, 'de').map((line) => written.reduce((rest, text) => rest.replaceAll(text, ''), line))
    for (const line of ours) expect(line).not.toMatch(english)
    const both = linesOf(template, 'en').filter((line) => linesOf(template, 'de').includes(line))
    // The mark before the sender stands in both, and so do names and numbers, such as `  Ticket: TKT0042`.
    const shared = both.filter((line) => !/^(?:-- | {2}(?:Ticket|Status|Name|Token|Webhook): .*)$/.test(line))
    expect(shared).toEqual([])
  })

  it('has no text, and no person, of the English sample', () => {
    const ofEnglish = Object.values(sampleTexts.en).flatMap((text: string) =>
      text.split('\n').map((line) => line.trim()),
    )
    const words = ofEnglish.filter((line) => line !== '')
    const found = words.filter((word) => `${mail.subject}\n${mail.text}\n${mail.html}`.includes(word))
    expect(found).toEqual([])
  })

  it('says so, and says the same in text and HTML', () => {
    expect(mail.html).toMatch(/^<!doctype html>\n<html lang="de"/)
    const wordsOf = (text: string): string[] => text.replaceAll(/\S*:\/\/\S*/g, '').match(/[\p{L}\p{N}]+/gu) ?? []
    expect(wordsOf(mail.text)).toEqual(wordsOf(textsOf(mail.html).join('\n').replace(mail.subject, '')))
    expect(mail.text).toMatch(/^Guten Tag Clara Kundig!\n\n\p{Lu}/mu)
    expect(mail.subject).not.toBe('')
  })

  it('has lines of at most 78 columns, its link aside', () => {
    for (const line of mail.text.split('\n')) if (!line.includes('://')) expect(line.length).toBeLessThanOrEqual(78)
  })

  it('can be written to an address that nobody has confirmed', () => {
    const { text } = renderMail(template, samples[template], { ...inGerman, isConfirmed: false, isByStaff: false })
    expect(text).toMatch(/^Guten Tag!$/m)
    expect(text.replaceAll(/\S*:\/\/\S*/g, '')).not.toMatch(/\b(?:you|your|our mails|is left out)\b/i)
  })
})
