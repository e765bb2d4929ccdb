import { tmpdir } from 'node:os'
import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/platform/config.ts'
import { onCommittedEvents } from '../../src/platform/db/committed-events.ts'
import { findFreePort } from '../../src/platform/free-port.ts'
import { startServer } from '../../src/platform/http/server.ts'
import { createLog } from '../../src/platform/log.ts'
import { openApplication } from '../../src/start/open-application.ts'
import { startWorker } from '../../src/worker.ts'
import { fillTenant } from '../demo/fill-tenant.ts'
import { fillSecondDesk } from '../demo/second-desk.ts'
import { openTemporaryCluster } from './temporary-cluster.ts'

/** A program with the people and the 200 tickets of the demo. */
export interface DemoDesk {
  url: string
  /** The slug of its tenant. */
  slug: string
  /** Of everybody. */
  password: string
}

/** The token of its operator. */
export const operatorToken = 'pictures-operator-7Hd2Qw6Zn4Xr9Vb3Ty5Lm'

/** Opens the program on a database of its own with a demo desk, lets `work` look at it, and removes all of it. */
export const withDemoDesk = async (work: (desk: DemoDesk) => Promise<void>): Promise<void> => {
  const slug = 'demo'
  const cluster = await openTemporaryCluster(tmpdir())
  const port = await findFreePort()
  const url = `http://127.0.0.1:${port}`
  const log = createLog('warn')
  const config = readConfig({
    NODE_ENV: 'test',
    PORT: String(port),
    PUBLIC_URL: url,
    JWT_SECRET: 'pictures-4Kd8Qx1Lw5Rk7Zt2Np9Jc4Hd6Fs0Gm',
    PLATFORM_TOKEN: operatorToken,
    RATE_LIMIT_REQUESTS_PER_MINUTE: '0',
    RATE_LIMIT_SIGN_INS_PER_MINUTE: '0',
  })
  const { app, close } = await openApplication({ config, log, url: cluster.url, migrates: true })
  const { password } = await fillTenant(app, cluster.url, { slug, tickets: 200 }, () => {})
  await fillSecondDesk(app, cluster.url, 'linden', password)
  const worker = startWorker(app, cluster.url)
  onCommittedEvents(app.pool, worker.nudge)
  const web = await startServer(createApp(app), '127.0.0.1', port)
  try {
    await work({ url, slug, password })
  } finally {
    await web.stop(300)
    await worker.stop()
    await close()
    await cluster.remove()
  }
}
