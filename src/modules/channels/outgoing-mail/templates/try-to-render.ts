import { ZodError } from 'zod'
import type { MailContext } from './letter.ts'
import type { TemplateName } from './template-names.ts'
import { type RenderedMail, renderMail } from './templates.ts'

/** What a mail is rendered from. `known_template`: null when this version of the program does not have `template`. */
interface Source {
  template: string
  known_template: TemplateName | null
  parameters: unknown
}

/** What is wrong with the parameters, without their values. */
const faultsOf = (error: unknown): string =>
  error instanceof ZodError
    ? error.issues.map(({ path, message }) => `${path.join('.') || 'parameters'}: ${message}`).join('; ')
    : String(error)

/**
 * Renders a mail, or says why that is not possible: this version of the program does not have the template, or the
 * parameters are not the template's. It never throws, so no mail is tried again that can never be written. `onFault`:
 * why the tenant's own template was not used.
 */
export const tryToRender = (
  { template, known_template, parameters }: Source,
  context: MailContext,
  onFault?: (reason: string) => void,
): RenderedMail | { reason: string } => {
  const because = (fault: string) => ({ reason: `The mail cannot be written: ${fault}`.slice(0, 500) })
  if (known_template === null) return because(`this version has no template ${template}`)
  try {
    return renderMail(known_template, parameters, context, onFault)
  } catch (error) {
    return because(faultsOf(error))
  }
}
