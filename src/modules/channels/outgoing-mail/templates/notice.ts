import { z } from 'zod'
import { deviceOf } from '../../../../platform/user-agent.ts'
import { timeInZone } from '../../../../platform/zoned-days.ts'
import { defineTemplate, type Fact, type MailContext, say, type Template } from './letter.ts'
import type { Values } from './template-source.ts'
import { Line } from './user-text.ts'

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

const factsOf = ({ at, time_zone: zone, user_agent, address }: Circumstances, context: MailContext): Fact[] => [
  { label: say(context, { en: 'When', de: 'Wann' }), value: zone ? timeFor(at, zone) : at },
  ...(user_agent
    ? [{ label: say(context, { en: 'Device', de: 'Gerät' }), value: deviceOf(user_agent, context.language) }]
    : []),
  ...(address ? [{ label: say(context, { en: 'Network address', de: 'Netzwerkadresse' }), value: address }] : []),
]

/** What a notice tells beside the time and the place. `facts` stand before these. */
interface Told {
  values?: Values
  facts?: Fact[]
}

/**
 * The template of a mail that tells a person what was done to their account, and when and where. It has no link, so
 * that nobody learns to follow one. `more` are its other parameters.
 */
export const noticeWith = <More extends z.ZodRawShape>(
  more: More,
  tell: (parameters: z.output<z.ZodObject<More>>, context: MailContext) => Told,
): Template => {
  const [own, all] = [z.object(more), z.object({ ...circumstances, ...more })]
  return defineTemplate(['facts'], all, (parameters, context) => {
    const { facts = [], ...told } = tell(parameters as unknown as z.output<typeof own>, context)
    return { ...told, facts: [...facts, ...factsOf(parameters as unknown as Circumstances, context)] }
  })
}

/** A notice that says the same each time. */
export const notice = (): Template => noticeWith({}, () => ({}))
