import { inspect } from 'node:util'

/** Where lines go. A terminal says whether it shows colours. */
export interface LineStream {
  write(line: string): unknown
  hasColors?(): boolean
}

/** The codes of colours in a terminal (ECMA-48, SGR). */
const codes = { red: 31, green: 32, yellow: 33, cyan: 36, grey: 90 } as const
type Colour = keyof typeof codes

/** Paints a text when the stream shows colours. */
export const painterOf = (stream: LineStream): ((colour: Colour, text: string) => string) =>
  stream.hasColors?.() === true ? (colour, text) => `\x1b[${codes[colour]}m${text}\x1b[39m` : (_, text) => text

/** A text in which nothing is left that a terminal obeys. */
export const withoutControls = (text: string): string => text.replaceAll(/\p{Cc}/gu, '?')

/** The time of day on this machine's clock. */
export const timeOfDay = (time: Date): string => time.toTimeString().slice(0, 8)

const colourOf: Record<string, Colour> = { fatal: 'red', error: 'red', warn: 'yellow', info: 'green' }

const show = (value: unknown): string =>
  typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : (JSON.stringify(value) ?? inspect(value))

/** An error in its place in a line: its kind and message, and not its stack. */
const showError = ({ type, message }: { type?: unknown; message?: unknown }): string =>
  `${typeof type === 'string' ? `${type}: ` : ''}${message}`

/**
 * Takes the JSON lines of the log and writes them for a person: the time, the level, what happened, and the facts, in
 * one line. The stack of an error follows in lines of its own.
 */
export const readableLog = (stream: LineStream): { write(line: string): void } => {
  const paint = painterOf(stream)
  return {
    write(line) {
      const { time, level, msg = '', error, ...facts } = JSON.parse(line)
      const parts = Object.entries(facts).map(([name, value]) => `${name}=${show(value)}`)
      if (error) parts.push(`error=${JSON.stringify(showError(error))}`)
      const head = `${paint('grey', timeOfDay(new Date(time)))} ${paint(colourOf[level] ?? 'grey', level)}`
      const text = withoutControls([msg, ...parts].join(' '))
      const isBad = level === 'error' || level === 'fatal'
      const stack = isBad && typeof error?.stack === 'string' ? error.stack.split('\n').slice(1) : []
      stream.write(
        `${[`${head} ${text}`, ...stack.map((place: string) => paint('grey', withoutControls(place)))].join('\n')}\n`,
      )
    },
  }
}
