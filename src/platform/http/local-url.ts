import type { Config } from '../config.ts'

const everywhere: Partial<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/** The address of the program on its own machine, which `HOST` and `PORT` say. `port` is where it really listens. */
export const localUrl = ({ HOST, PORT }: Pick<Config, 'HOST' | 'PORT'>, port = PORT): string => {
  const host = everywhere[HOST] ?? HOST
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
