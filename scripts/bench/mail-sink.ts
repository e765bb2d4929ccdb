// A mail server in a process of its own. It accepts every mail and keeps none.
import { listenForMail } from '../../src/testing/peers/smtp-server.ts'

await listenForMail(Number(process.env.PORT), { take: async () => {} })
