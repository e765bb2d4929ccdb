import type { App } from '../../src/platform/app-context.ts'
import { createLog } from '../../src/platform/log.ts'
import { openApplication } from '../../src/start/open-application.ts'
import { withDatabase } from './with-database.ts'

const connections = { size: 5, applicationName: 'counterdesk script' }

/**
 * Runs the work of a script with an `App`, on the migrated database of the settings. Prints errors as `withDatabase`
 * does. `isPatient`: its statements may take minutes, as they do on a busy machine.
 */
export const withApp = (work: (app: App, url: string) => Promise<void>, isPatient = false): Promise<void> =>
  withDatabase(async ({ config, url }) => {
    const log = createLog('warn')
    const { app, close } = await openApplication({
      config,
      log,
      url,
      migrates: true,
      connections: { ...connections, isPatient },
    })
    await work(app, url).finally(close)
  })
