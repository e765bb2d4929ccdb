import type { Problem } from '../api/calls.ts'
import type { components } from '../api/types.ts'

type Settings = components['schemas']['Settings']['settings']

/** The settings of a desk as an admin wants them. */
export type Values = { [Name in keyof Settings]: Settings[Name]['value'] }

/** The settings that are numbers, with their bounds. */
export const bounds = {
  auto_close_days: [1, 3_650],
  comment_edit_minutes: [0, 525_600],
  undo_seconds: [0, 30],
  deleted_days: [1, 3_650],
  mail_parameters_days: [5, 3_650],
} as const satisfies Partial<Record<keyof Values, readonly [number, number]>>
export type NumberName = keyof typeof bounds

/** Whether a setting that is a number is a whole one within its bounds. */
export const isWithin = (name: NumberName, value: number): boolean =>
  Number.isInteger(value) && value >= bounds[name][0] && value <= bounds[name][1]

/** Whether all settings that are numbers are within their bounds. */
export const areWithin = (values: Pick<Values, NumberName>): boolean =>
  (Object.keys(bounds) as NumberName[]).every((name) => isWithin(name, values[name]))

/** The names of the settings that differ. */
export const differing = <V extends Partial<Values>>(one: V, other: V): (keyof V)[] =>
  (Object.keys(one) as (keyof V)[]).filter((name) => JSON.stringify(one[name]) !== JSON.stringify(other[name]))

/** The values of settings as they are kept. */
export const valuesOf = (settings: Settings): Values =>
  Object.fromEntries(Object.entries(settings).map(([name, { value }]) => [name, value])) as Values

/** What a refusal calls by the path of its member, such as `mail_sender.address`, as text. */
const textAt = (values: object, path: string): string | undefined =>
  JSON.stringify(path.split('.').reduce<unknown>((value, name): unknown => Reflect.get(Object(value), name), values))

/** What a refusal still says when settings are wanted otherwise: nothing of a member that is another now. */
export const stillSaid = (problem: Problem, before: Partial<Values>, wanted: Partial<Values>): Problem | null => {
  const isSame = (path: string): boolean => textAt(before, path) === textAt(wanted, path)
  const errors = problem.errors.filter(({ field }) => isSame(field ?? ''))
  return errors.length === 0 && problem.errors.length > 0 ? null : { ...problem, errors }
}

/** The domains of a text with one in each line, or with commas. */
export const domainsIn = (text: string): string[] => text.split(/[\s,;]+/).filter((domain) => domain !== '')
