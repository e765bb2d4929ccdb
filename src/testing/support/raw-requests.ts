import { connect, type Socket } from 'node:net'

/** An answer as it came over the socket. */
export interface RawAnswer {
  status: number
  /** The status line and the header lines. */
  head: string
  body: string
}

/** A connection to a server of this machine, which sends any text as a request, one after the other. */
export interface RawClient {
  /**
   * Sends a request and waits for its answer. Connects again when the server has closed the connection.
   * @throws Error when the connection is closed without a whole answer.
   */
  ask(request: string): Promise<RawAnswer>
  close(): void
}

/** The first whole answer in what came, or null. Every answer of the server says its length. */
const readAnswer = (text: string): RawAnswer | null => {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return null
  const [head, body] = [text.slice(0, end), text.slice(end + 4)]
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0)
  return body.length < length ? null : { status: Number(head.split(' ')[1]), head, body }
}

/** Makes a client of the server at the port. Text goes out as UTF-8. */
export const createRawClient = (port: number): RawClient => {
  let socket: Socket | null = null
  let received = ''
  let settle: ((answer: RawAnswer | Error) => void) | null = null
  const close = (): void => {
    socket?.destroy()
    socket = null
  }
  const open = (): Socket => {
    const opened = connect(port, '127.0.0.1').setEncoding('latin1')
    received = ''
    opened.on('data', (chunk) => {
      received += chunk
      const answer = readAnswer(received)
      if (answer === null) return
      received = ''
      if (/^connection: close/im.test(answer.head)) close()
      settle?.(answer)
    })
    opened.on('error', () => {})
    opened.once('close', () => {
      if (opened === socket) settle?.(new Error(`the connection was closed after ${JSON.stringify(received)}`))
    })
    return opened
  }
  return {
    close,
    ask: (request) =>
      new Promise((resolve, reject) => {
        if (socket?.writable !== true) socket = open()
        settle = (answer) => (answer instanceof Error ? reject(answer) : resolve(answer))
        socket.write(request)
      }),
  }
}
