import { type ParseArgsOptionDescriptor, parseArgs } from 'node:util'
import type { z } from 'zod'

/**
 * Reads `--name value` options by a schema; on a fault it prints what is wrong and how to call the script, and exits 1.
 */
export const readOptions = <S extends z.ZodObject>(usage: string, schema: S): z.output<S> => {
  const fail = (lines: string[]): never => {
    console.error([...lines, `Usage: ${usage}`].join('\n'))
    return process.exit(1)
  }
  const text: ParseArgsOptionDescriptor = { type: 'string' }
  try {
    const { values } = parseArgs({ options: Object.fromEntries(Object.keys(schema.shape).map((name) => [name, text])) })
    const result = schema.safeParse(values)
    if (result.success) return result.data
    return fail(result.error.issues.map((issue) => `--${issue.path.join('.')}: ${issue.message}`))
  } catch (error) {
    return fail([error instanceof Error ? error.message : String(error)])
  }
}

/** Prints the credentials of an admin; a password that was given is not repeated. */
export const printAdmin = (slug: string, { userId, password, isGenerated }: PrintedAdmin): void => {
  console.log(`tenant    ${slug}`)
  console.log(`user id   ${userId}`)
  if (isGenerated) console.log(`password  ${password}  (shown this once)`)
}

interface PrintedAdmin {
  userId: string
  password: string
  isGenerated: boolean
}
