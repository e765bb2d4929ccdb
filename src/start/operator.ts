import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createLog } from '../platform/log.ts'
import type { Note } from '../platform/module.ts'

/** A stream to a terminal, to a file, or to the program that collects logs. */
interface Output {
  write(line: string): unknown
  isTTY?: boolean
}

/** What the program says to the person who runs it, beside its log. The level of the log does not silence it. */
export interface Operator {
  /** Says something on standard output: lines, or in production one JSON line with the facts. */
  say(line: string, facts?: Record<string, string>): void
  /** Says on standard error what went wrong. */
  complain(...lines: string[]): void
  /** Gives a note with a secret to the person: on the terminal, or in a file in the folder. Never in a log. */
  handOver(note: Note, folder: string): Promise<void>
}

const row = ([name, text]: [string, string]): string => `  ${name.padEnd(10)} ${text}`

/** Writes the file anew, so that an older file cannot keep its mode. */
const writePrivately = async (file: string, lines: string[]): Promise<void> => {
  const draft = `${file}.${process.pid}`
  await rm(draft, { force: true })
  await writeFile(draft, `${lines.join('\n')}\n`, { flag: 'wx', mode: 0o600, flush: true })
  await rename(draft, file)
}

/**
 * Makes the operator's side of the program. In production everything is a JSON line, except for a note on a terminal,
 * which is no log.
 */
export const createOperator = (
  isProduction: boolean,
  { stdout, stderr }: { stdout: Output; stderr: Output } = process,
): Operator => {
  const inform = createLog('info', { write: (line) => void stdout.write(line) })
  const warn = createLog('info', { write: (line) => void stderr.write(line) })
  const say: Operator['say'] = (line, facts = {}) => {
    if (isProduction) inform.info(facts, line)
    else stdout.write(`${[...Object.entries(facts).map(row), line].join('\n')}\n`)
  }
  const complain: Operator['complain'] = (...lines) => {
    if (isProduction) for (const line of lines) warn.fatal(line.trim())
    else stderr.write(`${lines.join('\n')}\n`)
  }
  return {
    say,
    complain,
    async handOver({ name, about, lines }, folder) {
      const terminal = [stdout, stderr].find(({ isTTY }) => isTTY === true)
      if (terminal !== undefined) {
        terminal.write(`\n  ${about}, shown this once:\n${lines.map((line) => `    ${line}\n`).join('')}\n`)
        return
      }
      const file = resolve(join(folder, name))
      try {
        await mkdir(folder, { recursive: true })
        await writePrivately(file, lines)
        say(`${about}: who it is and the password are in ${file}, which only its owner can read. Remove it afterwards.`)
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        complain(`${about}: the password could not be kept (${reason}). Make another: npm run create-admin`)
      }
    },
  }
}
