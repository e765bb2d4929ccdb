import { parseArgs } from 'node:util'
import { z } from 'zod'
import { plainWords } from '../../src/platform/plain-words.ts'

/** The value of an option that takes a whole number. */
export const WholeNumber = z
  .string()
  .regex(/^\d{1,9}$/, 'must be a whole number')
  .transform(Number)

/** An option without a value: true when it is there. */
export const Flag = z.boolean().default(false)

const descriptorOf = (field: z.core.$ZodType) =>
  ({ type: z.safeParse(field, true).success ? 'boolean' : 'string' }) as const

/**
 * Reads `--name value` options by a schema. On a fault it prints what is wrong and how to call the script, and ends the
 * process with exit code 1.
 */
export const readOptions = <S extends z.ZodObject>(usage: string, schema: S): z.output<S> => {
  const fail = (lines: string[]): never => {
    console.error([...lines, `Usage: ${usage}`].join('\n'))
    return process.exit(1)
  }
  const fields = Object.entries(schema.shape)
  try {
    const { values } = parseArgs({
      options: Object.fromEntries(fields.map(([name, field]) => [name, descriptorOf(field)])),
    })
    const result = schema.safeParse(values, { error: plainWords })
    if (result.success) return result.data
    return fail(result.error.issues.map((issue) => `--${issue.path.join('.')}: ${issue.message}`))
  } catch (error) {
    return fail([error instanceof Error ? error.message : String(error)])
  }
}
