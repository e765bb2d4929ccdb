// Read by the program before anything of its own (`--import`), for drill 12: handing over a mail never ends, or kills the
// process, when its recipient's address begins with `hangs` or `kills`; as a fault in a library would have it.
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
