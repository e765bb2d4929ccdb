// The mail server of a drill, in a process of its own, which mail-peer.ts starts. It treats each recipient as its rules
// say, and writes each mail to a file, which is on disk before the server answers with 250. After `hold`, the server
// accepts and writes the next mail, but its 250 waits for `release`.
import { writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { type Behaviour, behaviourBy, listenForMail } from '../../src/testing/peers/smtp-server.ts'
import type { MailLine, MailMessage, MailOrder } from './mail-peer.ts'

const [file = ''] = process.argv.slice(2)
const book = await open(file, 'a')
let rules: Record<string, Behaviour> = {}
let isHolding = false
let release: (() => void) | null = null

const tell = (message: MailMessage): void => void process.send?.(message)
const messageIdOf = (raw: string): string => /^Message-ID:\s*(<[^>]+>)/im.exec(raw)?.[1] ?? ''

// One fsync at a time: it serves all lines that were written while the previous fsync ran.
let syncing = Promise.resolve()
let next: Promise<void> | null = null
const onDisk = (): Promise<void> => {
  next ??= syncing.then(() => {
    next = null
    syncing = book.datasync()
    return syncing
  })
  return next
}

const write = (line: MailLine): void => void writeSync(book.fd, `${JSON.stringify(line)}\n`)

const listener = await listenForMail(0, {
  behaviourOf: (recipient) => behaviourBy(rules, recipient),
  asked(recipient, refusal) {
    if (refusal !== null) write({ at: Date.now(), recipient, messageId: null, verdict: String(refusal) })
  },
  async take(raw, recipients, isCut) {
    const messageId = messageIdOf(raw)
    for (const recipient of recipients) {
      write({ at: Date.now(), recipient, messageId, verdict: isCut ? 'cut' : '250' })
    }
    await onDisk()
    if (!isHolding) return
    isHolding = false
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    tell({ kind: 'held', messageId })
    await released
  },
  answered: (raw) => tell({ kind: 'answered', messageId: messageIdOf(raw) }),
})

process.on('message', (order: MailOrder) => {
  if (order.do === 'behave') rules = order.rules
  else if (order.do === 'hold') isHolding = true
  else release?.()
})
process.on('disconnect', () => process.exit(0))
tell({ kind: 'listening', port: listener.port })
