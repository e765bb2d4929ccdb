import type { Bench } from './open-bench.ts'
import type { Server } from './server-process.ts'

/** The names of its two servers. */
export const [mailServer, mailingProduct] = ['mail server', 'mailing product']

/** Starts a product that hands its mails over to a mail server on this machine. */
export const startMailing = async (start: Bench['start']): Promise<Server> => {
  const sink = await start(mailServer, './mail-sink.ts')
  return start(mailingProduct, '../../src/main.ts', {
    SMTP_URL: sink.url.replace('http:', 'smtp:'),
    MAIL_FROM: 'desk@bench.example.com',
  })
}
