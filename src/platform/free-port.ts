import { type AddressInfo, createServer } from 'node:net'

/**
 * Finds a port of 127.0.0.1 that nobody listens on at this moment. Another process may take the port before the caller
 * does.
 */
export const findFreePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
