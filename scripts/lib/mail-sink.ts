import { appendFile, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'

// A mail server for a trial: takes every mail on loopback and delivers none. `node scripts/lib/mail-sink.ts <folder>`
// prints its port and writes each mail into the folder: `1.eml` as it came, `1.txt` its text part, and a line in
// `mails.tsv` with its number, recipient, subject and first line.

const [folder] = process.argv.slice(2)
if (folder === undefined) {
  console.error('Usage: node scripts/lib/mail-sink.ts <folder>')
  process.exit(1)
}

const inOneCell = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()

let count = 0
const keep = async (raw: Buffer, recipients: string[]): Promise<void> => {
  count += 1
  const number = count
  const { subject = '', text = '' } = await PostalMime.parse(raw)
  const [heading = ''] = text.split('\n', 1)
  await writeFile(join(folder, `${number}.eml`), raw)
  await writeFile(join(folder, `${number}.txt`), text)
  // Last: whoever finds the line finds the files.
  const cells = [String(number), recipients.join(','), subject, heading]
  await appendFile(join(folder, 'mails.tsv'), `${cells.map(inOneCell).join('\t')}\n`)
}

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['AUTH', 'STARTTLS'],
  disableReverseLookup: true,
  onData(stream, session, callback) {
    buffer(stream)
      .then((raw) =>
        keep(
          raw,
          session.envelope.rcptTo.map(({ address }) => address),
        ),
      )
      .then(
        () => callback(),
        (error: Error) => callback(error),
      )
  },
})
server.on('error', (error: Error) => console.error(error.message))
server.listen(0, '127.0.0.1', () => console.log((server.server.address() as AddressInfo).port))
