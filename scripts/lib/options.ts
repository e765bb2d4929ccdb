import { parseArgs } from 'node:util'
import { z } from 'zod'
import { plainWords } from '../../src/platform/plain-words.ts'

/** The value of an option that takes a whole number. */
export const WholeNumber = z
  .string()
  .regex(/^\d{1,9}$/, 'must be a whole number')
  .transform(Number)

/** One option of a script, or one of its words. The help and the refusals are made from it. */
interface Option<S extends z.ZodType = z.ZodType> {
  /** What stands for its value, such as `<slug>`; none for a flag. */
  value?: string
  /** What it means, in one line. */
  about: string
  schema: S
}

/** An option that takes a value. `value` stands for it in the help, such as `<slug>`. */
export const option = <S extends z.ZodType>(value: string, about: string, schema: S): Option<S> => ({
  value,
  about,
  schema,
})

/** An option without a value: true when it is there. */
export const flag = (about: string) => ({ about, schema: z.boolean().default(false) })

type Options = Record<string, Option>
type ValuesOf<O extends Options> = { [Name in keyof O]: z.output<O[Name]['schema']> }

/** What a script is called, what it does, and what it takes. */
export interface Call<O extends Options, W extends Options> {
  /** Its name in `package.json`. */
  script: string
  /** What it does, in one or more lines. */
  about: string
  options?: O
  /** What it takes without a name, in this order. */
  words?: W
}

const isNeeded = ({ schema }: Option): boolean => !schema.safeParse(undefined).success

const spell = (name: string, { value }: Option): string => `--${name}${value === undefined ? '' : ` ${value}`}`

const usageOf = <O extends Options, W extends Options>({ script, options, words }: Call<O, W>): string => {
  const named = Object.entries(options ?? {}).map(([name, one]) => ({ text: spell(name, one), needed: isNeeded(one) }))
  const plain = Object.entries(words ?? {}).map(([name, one]) => ({ text: one.value ?? name, needed: isNeeded(one) }))
  const parts = [...plain, ...named.filter(({ needed }) => needed), ...named.filter(({ needed }) => !needed)]
  if (parts.length === 0) return `npm run ${script}`
  const all = parts.map(({ text, needed }) => (needed ? text : `[${text}]`)).join(' ')
  return parts.some(({ needed }) => needed) ? `npm run ${script} -- ${all}` : `npm run ${script} [-- ${all}]`
}

/** What an option has when it is left out, for the help. */
const defaultOf = ({ schema }: Option): string => {
  const { data } = schema.safeParse(undefined)
  return (typeof data === 'string' && data !== '') || typeof data === 'number' ? ` (default: ${data})` : ''
}

const helpOf = <O extends Options, W extends Options>(call: Call<O, W>): string => {
  const rows = [
    ...Object.entries(call.words ?? {}).map(([name, one]) => [one.value ?? name, one.about + defaultOf(one)]),
    ...Object.entries(call.options ?? {}).map(([name, one]) => [spell(name, one), one.about + defaultOf(one)]),
    ['--help', 'prints this'],
  ]
  const width = Math.max(...rows.map(([left = '']) => left.length)) + 2
  const lines = rows.map(([left = '', right]) => `  ${left.padEnd(width)}${right}`)
  return [`Usage: ${usageOf(call)}`, '', call.about, '', ...lines].join('\n')
}

type Token = Extract<ReturnType<typeof tokenize>[number], { kind: 'option' }>
type Typed = Map<string, string | boolean>

const tokenize = (args: string[], options: Options) => {
  const kinds = Object.entries({ ...options, help: { value: undefined }, h: { value: undefined } })
  return parseArgs({
    args,
    options: Object.fromEntries(
      kinds.map(([name, { value }]) => [
        name,
        { type: value === undefined ? ('boolean' as const) : ('string' as const) },
      ]),
    ),
    strict: false,
    tokens: true,
  }).tokens
}

/** What is wrong with how an option was typed, or null. */
const faultOf = ({ name, rawName, value, inlineValue }: Token, options: Options, typed: Typed): string | null => {
  const known = Object.hasOwn(options, name) ? options[name] : undefined
  if (known === undefined) {
    const names = [...Object.keys(options), 'help'].map((one) => `--${one}`)
    return `There is no option ${rawName}. Options: ${names.join(', ')}.`
  }
  if (typed.has(name)) return `--${name} is there twice.`
  if (known.value === undefined) return value === undefined ? null : `--${name} takes no value.`
  const isLeftOut = value === undefined || (!inlineValue && value.startsWith('--'))
  return isLeftOut ? `--${name} needs a value: ${spell(name, known)}.` : null
}

/** What was typed, by name; and what is wrong with how it was typed. */
const readTyped = (args: string[], options: Options, words: string[]): { typed: Typed; faults: string[] } => {
  const typed: Typed = new Map()
  const faults: string[] = []
  const wordsLeft = [...words]
  const tokens = tokenize(args, options)
  tokens.forEach((token, place) => {
    if (token.kind === 'positional') {
      const word = wordsLeft.shift()
      const before = tokens[place - 1]
      const isOfUnknown = before?.kind === 'option' && !Object.hasOwn(options, before.name)
      if (word !== undefined) typed.set(word, token.value)
      else if (!isOfUnknown)
        faults.push(`"${token.value}" is one word too many. With npm, write -- before the options.`)
    }
    if (token.kind !== 'option') return
    if (token.rawName === '--help' || token.rawName === '-h') {
      typed.set('help', true)
      return
    }
    const fault = faultOf(token, options, typed)
    if (fault === null) typed.set(token.name, token.value ?? true)
    else faults.push(fault)
  })
  return { typed, faults }
}

/**
 * Reads what a script was called with: `--name value` options, and words without a name. `--help` prints what the
 * script does and takes, and ends the process with 0. On a fault the script prints what is wrong, what there is, and
 * how to call it, and ends the process with 2.
 */
export const readOptions = <O extends Options = Record<never, never>, W extends Options = Record<never, never>>(
  call: Call<O, W>,
  args = process.argv.slice(2),
): ValuesOf<O> & ValuesOf<W> => {
  const options: Options = call.options ?? {}
  const words: Options = call.words ?? {}
  const { typed, faults } = readTyped(args, options, Object.keys(words))
  if (typed.has('help')) {
    console.log(helpOf(call))
    process.exit(0)
  }
  if (faults.length > 0) refuse(call, ...faults)
  const nameOf = (name: string): string => (Object.hasOwn(words, name) ? (words[name]?.value ?? name) : `--${name}`)
  const values: Record<string, unknown> = {}
  for (const [name, { schema }] of Object.entries({ ...words, ...options })) {
    const result = schema.safeParse(typed.get(name), { error: plainWords })
    if (result.success) values[name] = result.data
    else faults.push(...result.error.issues.map(({ message }) => `${nameOf(name)}: ${message}`))
  }
  if (faults.length > 0) refuse(call, ...faults)
  return values as ValuesOf<O> & ValuesOf<W>
}

/** Prints what is wrong with a call and how to call the script, and ends the process with 2. */
const refuse = <O extends Options, W extends Options>(call: Call<O, W>, ...faults: string[]): never => {
  console.error([...faults, `Usage: ${usageOf(call)}`].join('\n'))
  return process.exit(2)
}

/** The name of one or more of the things that there are, by a part of it. */
export const partOf = (names: string[]) =>
  z.string().refine((part) => names.some((name) => name.includes(part)), {
    error: `is in no name. There are: ${names.join('; ')}`,
  })
