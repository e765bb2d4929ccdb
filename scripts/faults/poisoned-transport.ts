// For drill 12. The program loads this file before its own (`--import`). A mail to an address that begins with `hangs`
// is never handed over. A mail to an address that begins with `kills` kills the process, as a fault in a library could.
import nodemailer from 'nodemailer'

interface Transport {
  sendMail: (mail: { to: { address: string } }) => Promise<unknown>
}

const createTransport = nodemailer.createTransport.bind(nodemailer) as unknown as (...settings: object[]) => Transport

Object.assign(nodemailer, {
  createTransport(...settings: object[]): Transport {
    const transport = createTransport(...settings)
    const sendMail = transport.sendMail.bind(transport)
    transport.sendMail = (mail) => {
      if (mail.to.address.startsWith('kills')) process.kill(process.pid, 'SIGKILL')
      return /^(?:kills|hangs)/.test(mail.to.address) ? new Promise(() => {}) : sendMail(mail)
    }
    return transport
  },
})
