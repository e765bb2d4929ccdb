// The mail server, in a process of its own: it does with each recipient as its rules say, and writes each mail to a file,
// on disk before it says 250. Started by mail-peer.ts. With `hold`, the next mail that comes is taken and written, but its
// 250 waits for `release`.
import { writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { type Behaviour, behaviourBy, listenForMail } from '../../src/testing/peers/smtp-server.ts'
import type { MailLine, MailNews, MailOrder } from './mail-peer.ts'

const [file = ''] = process.argv.slice(2)
const book = await open(file, 'a')
let rules: Record<string, Behaviour> = {}
let isHolding = false
let release: (() => void) | null = null

const tell = (news: MailNews): void => void process.send?.(news)
const messageIdOf = (raw: string): string => /^Message-ID:\s*(<[^>]+>)/im.exec(raw)?.[1] ?? ''

// One fsync at a time, for all lines that came while the one before was under way.
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
    tell({ news: 'held', messageId })
    await released
  },
  answered: (raw) => tell({ news: 'answered', messageId: messageIdOf(raw) }),
})

process.on('message', (order: MailOrder) => {
  if (order.do === 'behave') rules = order.rules
  else if (order.do === 'hold') isHolding = true
  else release?.()
})
process.on('disconnect', () => process.exit(0))
tell({ news: 'listening', port: listener.port })
