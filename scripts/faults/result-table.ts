import { markdownTable } from '../lib/markdown-table.ts'
import type { Verdict } from './verify.ts'

/** How a drill ended. */
export interface Result {
  number: number
  title: string
  /** Null when the drill failed before the verifier ran. */
  verdict: Verdict | null
  drainSeconds: number | null
  seconds: number
  note: string
  problems: string[]
}

const heads = [
  'drill',
  'sent',
  'acknowledged',
  'in the database',
  'acknowledged but missing',
  'duplicates',
  'gaps',
  'mails distinct',
  'mails lost',
  'mails repeated',
  'p99 ms',
  'recovery s',
  'note',
]

const recoveryText = ({ recovery }: Verdict): string => {
  if (recovery === null) return '–'
  const [first, steady] = [recovery.first.toFixed(1), recovery.steady.toFixed(1)]
  return first === steady ? first : `${first}, steady ${steady}`
}

const cells = ({ number, title, verdict, note, problems }: Result): string[] => {
  const name = `${number}. ${title}`
  const last = problems.length > 0 ? `**failed**${note && `; ${note}`}` : note
  if (verdict === null) return [name, ...Array<string>(heads.length - 2).fill('–'), last]
  const { sent, acknowledged, inDatabase, missing, duplicates, gaps, mailsDistinct, mailsLost, mailsRepeated } = verdict
  return [
    name,
    ...[sent, acknowledged, inDatabase, missing, duplicates, gaps, mailsDistinct, mailsLost, mailsRepeated].map(String),
    verdict.p99.toFixed(0),
    recoveryText(verdict),
    last,
  ]
}

/** What the verifier found in a drill, in one line. */
export const lineOf = (result: Result): string =>
  cells(result)
    .map((cell, index) => (index === 0 ? cell : `${heads[index]} ${cell}`))
    .join(', ')

/** The table of a run, in Markdown. */
export const tableOf = (results: Result[]): string => markdownTable(heads, results.map(cells))
