import { createRequire } from 'node:module'

const { scripts } = createRequire(import.meta.url)('../../package.json') as { scripts: { start: string } }

/** The variables that `npm start` adds to the environment of the program. */
export const startEnvironment: Record<string, string> = Object.fromEntries(
  [...scripts.start.matchAll(/\b([A-Z_]+)=(\S+)/g)].map(([, name, value]) => [name, value]),
)

/** The options of Node with which `npm start` runs the program. */
export const startOptions: string[] = scripts.start.match(/--\S+/g) ?? []
