import type { Language } from '../../../contract/enums.ts'
import type { Filling, MailContext } from '../outgoing-mail/templates/letter.ts'
import { plainLayout } from '../outgoing-mail/templates/letter.ts'
import { sampleTexts } from '../outgoing-mail/templates/sample-texts.ts'
import { templates } from '../outgoing-mail/templates/template-list.ts'
import type { TemplateName } from '../outgoing-mail/templates/template-names.ts'
import { samplesIn } from '../outgoing-mail/templates/template-samples.ts'

/** What a variable is: a text, a condition only, or a whole block, which stands on a line of its own. */
type VariableKind = 'text' | 'condition' | 'block'

/** A variable of a template, with what it is in the sample; null for a text that is not there, and for a block. */
export interface Variable {
  name: string
  kind: VariableKind
  sample: string | boolean | null
  is_needed: boolean
}

/** What the sample mail is rendered with, where nothing of the tenant is known. */
export const sampleContext = (language: Language): MailContext => ({
  language,
  publicUrl: 'https://desk.example.com',
  hasConsole: true,
  tenantName: 'Acme Support',
  tenantSlug: 'acme',
  recipientName: sampleTexts[language].recipient,
  isConfirmed: true,
  isByStaff: true,
  linkToken: () => 'masked',
  closing: null,
  isTest: false,
  layout: plainLayout,
  own: null,
})

/** What the sample mail of a template tells. */
const sampleFilling = (template: TemplateName, language: Language): Filling =>
  templates[template].fill(samplesIn[language][template], sampleContext(language))

const kindOf = (value: unknown): VariableKind => (typeof value === 'boolean' ? 'condition' : 'text')

/** Every variable of a template, in one language: blocks, then texts, then conditions. */
export const variablesOf = (template: TemplateName, language: Language): Variable[] => {
  const { blocks, needsLink } = templates[template]
  const named = Object.entries(sampleFilling(template, language).values).map(
    ([name, sample]): Variable => ({ name, kind: kindOf(sample), sample, is_needed: false }),
  )
  return [
    ...blocks.map((name): Variable => ({ name, kind: 'block', sample: null, is_needed: needsLink && name === 'link' })),
    ...named.filter(({ kind }) => kind === 'text'),
    ...named.filter(({ kind }) => kind === 'condition'),
  ]
}
