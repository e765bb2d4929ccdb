import { createRequire } from 'node:module'

const { scripts } = createRequire(import.meta.url)('../../package.json') as { scripts: { start: string } }

/** The options of Node with which `npm start` runs the program. */
export const startOptions: string[] = scripts.start.match(/--\S+/g) ?? []
