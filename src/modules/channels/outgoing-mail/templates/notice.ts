import { z } from 'zod'
import { deviceOf } from '../../../../platform/user-agent.ts'
import { timeInZone } from '../../../../platform/zoned-days.ts'
import { defineTemplate, type Letter, type MailContext, type Template } from './letter.ts'
import { Line, oneLine, subjectLine } from './user-text.ts'

/** When something was done to an account, and where. Of the device only words of ours are shown. */
const circumstances = {
  at: Line,
  time_zone: z.string().nullish(),
  user_agent: z.string().nullish(),
  address: Line.nullish(),
}
type Circumstances = z.output<z.ZodObject<typeof circumstances>>

/** A moment such as `2026-11-26 13:30 UTC`, in the time zone of the reader. */
const timeFor = (at: string, zone: string): string => {
  const [, day, time] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC$/.exec(at) ?? []
  return (day && time && timeInZone(`${day}T${time}Z`, zone)) || at
}

const factsOf = ({ at, time_zone: zone, user_agent, address }: Circumstances): Letter['facts'] => [
  { label: 'When', value: zone ? timeFor(at, zone) : at },
  ...(user_agent ? [{ label: 'Device', value: deviceOf(user_agent) }] : []),
  ...(address ? [{ label: 'Network address', value: address }] : []),
]

/** What a notice says. `facts` stand before the time and the place. */
interface Notice {
  subject: string
  heading: string
  paragraphs: string[]
  facts?: Letter['facts']
  notes: string[] | ((context: MailContext) => string[])
}

/**
 * The template of a mail that tells a person what was done to their account, and when and where. It has no link, so
 * that nobody learns to follow one. `more` are its other parameters.
 */
export const noticeWith = <More extends z.ZodRawShape>(
  more: More,
  write: (parameters: z.output<z.ZodObject<More>>) => Notice,
): Template => {
  const [own, all] = [z.object(more), z.object({ ...circumstances, ...more })]
  return defineTemplate(all, (parameters, context) => {
    const { subject, facts = [], notes, ...said } = write(parameters as unknown as z.output<typeof own>)
    return {
      ...said,
      subject: subjectLine(`${subject} at ${oneLine(context.tenantName)}`),
      facts: [...facts, ...factsOf(parameters as unknown as Circumstances)],
      quote: null,
      action: null,
      notes: typeof notes === 'function' ? notes(context) : notes,
    }
  })
}

/** A notice that says the same each time. */
export const notice = (said: Notice): Template => noticeWith({}, () => said)
