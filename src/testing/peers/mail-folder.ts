import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import PostalMime from 'postal-mime'
import { listenForMail } from './smtp-server.ts'

// A mail server as a program: `node src/testing/peers/mail-folder.ts <folder>` prints its port, accepts every mail and
// delivers none. It writes each mail into the folder: `1.eml` as it came, `1.txt` its text part, and a line in
// `mails.tsv` with its number, recipient, subject and first line. `npm run story` starts it.

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('Usage: node src/testing/peers/mail-folder.ts <folder>')

const inOneCell = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()

let count = 0
const { port } = await listenForMail(0, {
  async take(raw, recipients) {
    count += 1
    const number = count
    const { subject = '', text = '' } = await PostalMime.parse(raw)
    const [heading = ''] = text.split('\n', 1)
    await writeFile(join(folder, `${number}.eml`), raw)
    await writeFile(join(folder, `${number}.txt`), text)
    // The line comes last: who reads it finds the files.
    const cells = [String(number), recipients.join(','), subject, heading]
    await appendFile(join(folder, 'mails.tsv'), `${cells.map(inOneCell).join('\t')}\n`)
  },
})
process.stdout.write(`${port}\n`)
